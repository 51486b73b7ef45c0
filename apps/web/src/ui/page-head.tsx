import type { ReactNode } from "react";

import { type State, StateGlyph } from "#ui/state-glyph.tsx";

/** Title with its state, one sentence under it, facts, and the acts at the right. */
export function PageHead(props: {
  readonly title: ReactNode;
  readonly state?: State | undefined;
  /** The state in words, beside the title. */
  readonly stateWord?: ReactNode;
  readonly lead?: ReactNode;
  readonly facts?: ReactNode;
  readonly actions?: ReactNode;
}) {
  const tone = props.state === undefined ? "" : `s-${props.state}`;
  return (
    <div className="page-head">
      <div className="page-words">
        <div className="who-row">
          {props.state && (
            <span className="big">
              <StateGlyph state={props.state} />
            </span>
          )}
          <h1>{props.title}</h1>
          {props.stateWord != null && <span className={`strong ${tone}`}>{props.stateWord}</span>}
        </div>
        {props.lead != null && <p>{props.lead}</p>}
        {props.facts}
      </div>
      {props.actions != null && <div className="actions">{props.actions}</div>}
    </div>
  );
}
