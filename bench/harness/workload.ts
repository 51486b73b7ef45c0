import type { Million } from "./million.ts";
import type { Result } from "./result.ts";

/** What workloads are given. */
export interface Bench {
  /** For what goes on. */
  readonly say: (text: string) => void;
  /** Times that each is run; the median counts. */
  readonly repeats: number;
  /** How long is looked at what may only show with time. */
  readonly minutes: number;
  /** A data folder with a million queued tasks, made when it is first asked for. */
  readonly million: () => Promise<Million>;
}

export interface Workload {
  readonly name: string;
  readonly about: string;
  run(bench: Bench): Promise<readonly Result[]>;
}
