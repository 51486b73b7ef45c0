import type { LogQuery, SearchProgress } from "#core/logs/log-query.ts";
import type { LogState } from "../log-state.ts";

/** A search as a thread is given it. */
export interface SearchTask {
  /** The log's folder. */
  readonly path: string;
  readonly state: LogState;
  readonly query: LogQuery;
  readonly milliseconds: number;
  /** Its first number is set to something else than 0 when nobody waits for the search any more. */
  readonly cancelled: Int32Array;
}

/** What a thread answers: progress until one with an `end`, or why there is none. */
export type SearchAnswer =
  | { readonly progress: SearchProgress }
  /** The caller's mistake. */
  | { readonly refusal: string }
  | { readonly failure: string };
