import type { ReactNode } from "react";

import { formatCount } from "#lib/format.ts";
import { strings } from "#lib/strings.ts";
import { Button } from "#ui/button.tsx";
import { type State, StateGlyph } from "#ui/state-glyph.tsx";

/** Where an attempt's lines begin. */
export interface LogAttempt {
  readonly number: number;
  /** Number of its first line. */
  readonly line: number;
  readonly state: State;
  readonly worker?: string | undefined;
  /** When and why: "02:46:51, after a back-off of 2 min". */
  readonly note?: ReactNode;
  /** A button at the right: "Show only this attempt". */
  readonly action?: { readonly label: string; readonly onAct: () => void } | undefined;
}

/** The rule between attempts. */
export function LogDivider({ attempt }: { readonly attempt: LogAttempt }) {
  return (
    <div className="divide">
      <StateGlyph state={attempt.state} label={strings.states[attempt.state]} />
      <span>
        <b>{strings.log.attempt(formatCount(attempt.number))}</b>
        {attempt.worker && strings.log.onWorker(attempt.worker)}
      </span>
      {attempt.note != null && <span className="faint">{attempt.note}</span>}
      <span className="grow" />
      {attempt.action && (
        <Button size="small" variant="quiet" onClick={attempt.action.onAct}>
          {attempt.action.label}
        </Button>
      )}
    </div>
  );
}
