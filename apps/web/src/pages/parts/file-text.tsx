import type { FileProblem } from "@tributary/proto/tributary/v1/projects_pb";
import { Fragment } from "react";

import { hangingIndent } from "#pages/parts/hanging-indent.ts";
import { fileStrings } from "#pages/strings/file-strings.ts";
import { CopyButton } from "#ui/copy-button.tsx";

interface FileTextProps {
  readonly text: string;
  readonly name: string;
  readonly problems: readonly FileProblem[];
}

/** A YAML text with its line numbers, and what is wrong below the lines where it is. */
export function FileText({ text, name, problems }: FileTextProps) {
  const lines = text.trimEnd().split("\n");
  // what is missing at the end is told at the last line
  const at = Map.groupBy(problems, ({ line }) => Math.min(line, lines.length));
  return (
    <div className="project-file">
      <CopyButton text={text} label={fileStrings.copy} />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section className="file scroll" aria-label={name} tabIndex={0}>
        {lines.map((line, index) => {
          const found = at.get(index + 1) ?? [];
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: a line is its number
            <Fragment key={index}>
              <div className={`ln ${markOf(found)}`}>
                <span aria-hidden="true">{index + 1}</span>
                <span className={line.trimStart().startsWith("#") ? "com" : undefined} style={hangingIndent(line)}>
                  {colourKey(line)}
                </span>
              </div>
              {found.map((problem) => (
                <Problem key={`${problem.column} ${problem.message}`} problem={problem} />
              ))}
            </Fragment>
          );
        })}
      </section>
    </div>
  );
}

function markOf(problems: readonly FileProblem[]): string {
  if (problems.some(({ warning }) => !warning)) return "bad";
  return problems.length > 0 ? "odd" : "";
}

function Problem({ problem: { line, column, message, warning, fix } }: { readonly problem: FileProblem }) {
  return (
    <p className={warning ? "note note--odd" : "note"}>
      <b>{warning ? fileStrings.warning : fileStrings.error}</b>{" "}
      <span className="faint num">{fileStrings.place(line, column)}</span> {message}
      {/* the message may have said it in its own words */}
      {fix && !message.includes(fix) && (
        <>
          {" "}
          {fileStrings.write} <code>{fix}</code>
        </>
      )}
    </p>
  );
}

/** How many there are of each kind, in words. */
export function problemCount(problems: readonly FileProblem[]): string {
  const warnings = problems.filter(({ warning }) => warning).length;
  return fileStrings.count(problems.length - warnings, warnings);
}

/** The key of a YAML line in its colour: enough to read a file by. */
function colourKey(line: string) {
  const [, indent = "", key, rest = ""] = /^(\s*(?:- )?)([\w.-]+)(:(?:\s.*)?)$/.exec(line) ?? [];
  if (key === undefined) return line;
  return (
    <>
      {indent}
      <span className="key">{key}</span>
      {rest}
    </>
  );
}
