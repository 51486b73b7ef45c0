import type { ReactNode } from "react";

import { strings } from "#lib/strings.ts";
import { Button } from "#ui/button.tsx";
import { StateGlyph } from "#ui/state-glyph.tsx";

/** What stands where something could not be loaded or done: the reason in the server's words, and the way on. */
export function ErrorState(props: {
  readonly title?: ReactNode;
  /** What happened and what to do. */
  readonly children?: ReactNode;
  readonly onRetry?: (() => void) | undefined;
  readonly busy?: boolean | undefined;
  readonly actions?: ReactNode;
}) {
  return (
    <section className="empty error-state" role="alert">
      <StateGlyph state="failed" />
      <div>
        <h2>{props.title ?? strings.error.title}</h2>
        {props.children != null && <p>{props.children}</p>}
        <div className="act">
          {props.onRetry && (
            <Button icon="retry" busy={props.busy} onClick={props.onRetry}>
              {strings.actions.retry}
            </Button>
          )}
          {props.actions}
        </div>
      </div>
    </section>
  );
}
