import { useEffect, useMemo, useState } from "react";

import { formatCount } from "#lib/format.ts";
import { highlight, type Token } from "#lib/highlight.ts";
import { hangingIndent } from "#pages/parts/hanging-indent.ts";
import { filesStrings } from "#pages/strings/files-strings.ts";
import { Button } from "#ui/button.tsx";
import { CopyButton } from "#ui/copy-button.tsx";
import { Link } from "#ui/link.tsx";

/** Lines that are drawn without being asked for, and those that a browser lays out at a time. */
const firstLines = 3_000;
const chunk = 100;

const classes = { comment: "com", string: "str-lit", number: "num-lit", keyword: "key", plain: undefined } as const;

interface CodeTextProps {
  readonly text: string;
  readonly name: string;
  /** The address of the file, to which a line's number is added. */
  readonly href: string;
  /** The line that the address points to. */
  readonly line: number | undefined;
}

/** A text file with numbers by which lines are pointed to. */
export function CodeText({ text, name, href, line }: CodeTextProps) {
  const lines = useMemo(() => highlight(text.replace(/\n$/, ""), name), [text, name]);
  const [all, setAll] = useState(false);
  const shown = all || (line ?? 0) > firstLines ? lines : lines.slice(0, firstLines);
  useEffect(() => {
    if (line !== undefined) document.getElementById(`L${line}`)?.scrollIntoView({ block: "center" });
  }, [line]);
  const parts = Array.from({ length: Math.ceil(shown.length / chunk) }, (_, part) => part * chunk);
  return (
    <div className="project-file">
      <CopyButton text={text} label={filesStrings.copy} />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section className="file scroll file--code" aria-label={name} tabIndex={0}>
        {parts.map((from) => (
          <div key={from} className="file-chunk">
            {shown.slice(from, from + chunk).map((tokens, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a line is its number
              <Line key={index} number={from + index + 1} tokens={tokens} href={href} at={line} />
            ))}
          </div>
        ))}
        {shown.length < lines.length && (
          <p className="file-rest">
            <Button size="small" onClick={() => setAll(true)}>
              {filesStrings.showAll(formatCount(lines.length))}
            </Button>
          </p>
        )}
      </section>
    </div>
  );
}

function Line(props: {
  readonly number: number;
  readonly tokens: readonly Token[];
  readonly href: string;
  readonly at: number | undefined;
}) {
  const { number, tokens, href, at } = props;
  return (
    <div id={`L${number}`} className={at === number ? "ln is-at" : "ln"}>
      <Link href={`${href}#L${number}`} aria-label={filesStrings.line(number)} tabIndex={-1}>
        {number}
      </Link>
      <span style={hangingIndent(tokens.map(({ text }) => text).join(""))}>
        {tokens.map(({ kind, text }, index) =>
          kind === "plain" ? (
            text
          ) : (
            // biome-ignore lint/suspicious/noArrayIndexKey: a piece of a line is its place
            <span key={index} className={classes[kind]}>
              {text}
            </span>
          ),
        )}
      </span>
    </div>
  );
}
