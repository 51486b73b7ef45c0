import type { ReactNode } from "react";

import { CopyButton } from "#ui/copy-button.tsx";

/** Code or a command with a button that copies it. `children` may show it coloured; `code` is what is copied. */
export function CodeBlock(props: { readonly code: string; readonly label: string; readonly children?: ReactNode }) {
  return (
    <div className="code">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex lint/a11y/useSemanticElements: what scrolls must be reachable by keyboard */}
      <pre tabIndex={0} role="group" aria-label={props.label}>
        <code>{props.children ?? props.code}</code>
      </pre>
      <CopyButton text={props.code} />
    </div>
  );
}
