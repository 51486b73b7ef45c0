import { addWorkersStrings } from "#pages/strings/add-workers-strings.ts";
import { CodeBlock } from "#ui/code-block.tsx";

const words = addWorkersStrings;

/** The command that starts a worker with its token, and what it needs beside it. */
export function StartCommand({ command }: { readonly command: string }) {
  return (
    <>
      <CodeBlock code={command} label={words.commandLabel} />
      {location.protocol === "https:" && (
        <p className="hint">
          {words.certificate} <code>--ca cert.pem</code>
        </p>
      )}
    </>
  );
}
