import type { ReactNode } from "react";

import { strings } from "#lib/strings.ts";

/** Every state the dashboard can draw. Several task states of other APIs share one of these. */
export type State = keyof typeof strings.states;

const line = { fill: "none", stroke: "currentColor" } as const;
const cut = { fill: "none", stroke: "var(--cut)", strokeWidth: 1.7, strokeLinecap: "round" } as const;
const diamond = "M8 1.2 14.8 8 8 14.8 1.2 8z";

const drawings: Record<State, ReactNode> = {
  running: (
    <>
      <circle cx="8" cy="8" r="6.2" {...line} strokeWidth="2" opacity=".28" />
      <path d="M8 1.8a6.2 6.2 0 0 1 6.2 6.2" {...line} strokeWidth="2" strokeLinecap="round" />
      <circle cx="8" cy="8" r="2.2" fill="currentColor" />
    </>
  ),
  succeeded: (
    <>
      <circle cx="8" cy="8" r="7" fill="currentColor" />
      <path d="M4.7 8.3 7 10.6l4.4-4.9" {...cut} strokeLinejoin="round" />
    </>
  ),
  failed: (
    <>
      <path
        d="M8 .4 15.6 8 8 15.6.4 8z"
        fill="currentColor"
        stroke="currentColor"
        strokeWidth=".8"
        strokeLinejoin="round"
      />
      <path d="m5.8 5.8 4.4 4.4m0-4.4-4.4 4.4" {...cut} />
    </>
  ),
  waiting: (
    <path
      d="M3 1.2h10v2L9.4 8l3.6 4.8v2H3v-2L6.6 8 3 3.2z"
      fill="currentColor"
      stroke="currentColor"
      strokeWidth=".6"
      strokeLinejoin="round"
    />
  ),
  queued: <circle cx="8" cy="8" r="6" {...line} strokeWidth="2.3" strokeLinecap="round" strokeDasharray=".01 4.702" />,
  cancelled: (
    <>
      <circle cx="8" cy="8" r="6.2" {...line} strokeWidth="1.7" />
      <path d="M3.8 12.2 12.2 3.8" stroke="currentColor" strokeWidth="1.7" />
    </>
  ),
  cancelling: (
    <>
      <circle cx="8" cy="8" r="6.2" {...line} strokeWidth="1.7" strokeDasharray="4.2 2.3" />
      <path d="M3.8 12.2 12.2 3.8" stroke="currentColor" strokeWidth="1.7" />
    </>
  ),
  paused: <path d="M4 2h2.8v12H4zM9.2 2H12v12H9.2z" fill="currentColor" />,
  problem: (
    <>
      <path d="M8 1.6 15.2 14.2H.8z" fill="currentColor" stroke="currentColor" strokeLinejoin="round" />
      <path d="M8 6v3.8m0 2.2v.1" {...cut} />
    </>
  ),
  lost: (
    <>
      <path d={diamond} {...line} strokeWidth="1.6" strokeDasharray="3.2 1.9" />
      <circle cx="8" cy="8" r="1.6" fill="currentColor" />
    </>
  ),
  "timed-out": (
    <>
      <path d={diamond} {...line} strokeWidth="1.6" />
      <path d="M8 5v3.2l2 1.4" {...line} strokeWidth="1.5" strokeLinecap="round" />
    </>
  ),
  skipped: <path d="m3 3 5 5-5 5m5-10 5 5-5 5" {...line} strokeWidth="1.8" strokeLinejoin="round" />,
  idle: <circle cx="8" cy="8" r="6" {...line} strokeWidth="1.8" />,
};

/** The state's shape alone. It decorates; say the state in words beside it, or give it `label`. */
export function StateGlyph({ state, label }: { readonly state: State; readonly label?: string }) {
  const named =
    label === undefined ? ({ "aria-hidden": true } as const) : ({ role: "img", "aria-label": label } as const);
  return (
    // biome-ignore lint/a11y/noSvgWithoutTitle: hidden, or named by its label
    <svg className={`g s-${state} ${state === "running" ? "g-spin" : ""}`} viewBox="0 0 16 16" {...named}>
      {drawings[state]}
    </svg>
  );
}

/** Glyph and word. Only what needs a person is written in colour. */
export function StateLabel({ state, children }: { readonly state: State; readonly children?: ReactNode }) {
  return (
    <span className={`state s-${state}`}>
      <StateGlyph state={state} />
      <span className="state-word">{children ?? strings.states[state]}</span>
    </span>
  );
}

/** A tinted pill with glyph and word: for one number or one fault beside a heading. */
export function StateBadge({ state, children }: { readonly state: State; readonly children: ReactNode }) {
  return (
    <span className={`badge s-${state}`}>
      <StateGlyph state={state} />
      {children}
    </span>
  );
}

/** Every state there is, for legends and for the gallery. */
export const allStates = Object.keys(drawings).filter((name): name is State => name in drawings);
