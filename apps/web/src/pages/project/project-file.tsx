import { projectStrings } from "#pages/strings/project-strings.ts";
import { CopyButton } from "#ui/copy-button.tsx";

/** The text of a project file with its line numbers. */
export function ProjectFile({ text }: { readonly text: string }) {
  const lines = text.trimEnd().split("\n");
  return (
    <div className="project-file">
      <CopyButton text={text} label={projectStrings.copyFile} />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section className="file scroll" aria-label={projectStrings.file} tabIndex={0}>
        {lines.map((line, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a line is its number
          <div key={index} className="ln">
            <span aria-hidden="true">{index + 1}</span>
            <span className={line.trimStart().startsWith("#") ? "com" : undefined}>{colourKey(line)}</span>
          </div>
        ))}
      </section>
    </div>
  );
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
