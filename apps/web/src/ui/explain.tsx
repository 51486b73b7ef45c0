import type { ReactNode } from "react";

import { type State, StateGlyph } from "#ui/state-glyph.tsx";

export interface Check {
  readonly state: State;
  readonly text: ReactNode;
  /** The one that decides: written strong. */
  readonly decides?: boolean | undefined;
}

/**
 * Says why something stands as it does: the sentence, what was checked, the way out as buttons.
 * Put it under what it explains.
 */
export function Explain(props: {
  readonly state?: State | undefined;
  readonly say: ReactNode;
  readonly checksTitle?: ReactNode;
  readonly checks?: readonly Check[] | undefined;
  /** Beside the checks: a table, a list of candidates. */
  readonly beside?: ReactNode;
  readonly besideTitle?: ReactNode;
  readonly actions?: ReactNode;
  readonly children?: ReactNode;
}) {
  const { state, say, checks = [], checksTitle, beside, besideTitle, actions, children } = props;
  const list = checks.length > 0 && (
    <div>
      {checksTitle != null && <p className="explain-title">{checksTitle}</p>}
      <Checks checks={checks} />
    </div>
  );
  return (
    <div className={`explain ${state === undefined ? "" : `s-${state}`}`}>
      <p className="say">{say}</p>
      {beside == null ? (
        list
      ) : (
        <div className="cols">
          {list || <div />}
          <div className="scroll">
            {besideTitle != null && <p className="explain-title">{besideTitle}</p>}
            {beside}
          </div>
        </div>
      )}
      {children}
      {actions != null && <div className="act">{actions}</div>}
    </div>
  );
}

/** What was looked at, one line each, with its outcome as a glyph. */
export function Checks({ checks }: { readonly checks: readonly Check[] }) {
  return (
    <ul className="steps">
      {checks.map(({ state, text, decides }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines have no names and keep no state
        <li key={index}>
          <StateGlyph state={state} />
          <span>{decides ? <b>{text}</b> : text}</span>
        </li>
      ))}
    </ul>
  );
}
