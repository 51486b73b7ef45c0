import { Fragment } from "react";

/** An address that breaks behind its slashes, so that no word of it is torn where there is room for the word. */
export function Address({ text }: { readonly text: string }) {
  return (
    <span className="mono address">
      {text.split(/(?<=\/)(?!\/)/).map((part, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a part is its place
        <Fragment key={index}>
          {index > 0 && <wbr />}
          {part}
        </Fragment>
      ))}
    </span>
  );
}
