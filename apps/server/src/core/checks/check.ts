import type { Ports } from "#core/ports/index.ts";

/** What one look at the server found. */
export interface Finding {
  readonly status: "ok" | "warn" | "fail";
  /** One sentence without a full stop. */
  readonly found: string;
  /** What to do; unset when all is well. */
  readonly advice?: string;
}

export interface CheckResult extends Finding {
  readonly name: string;
}

/** One look at the server; what it throws counts as a failure. */
export interface Check {
  /** Does not change. */
  readonly name: string;
  run(ports: Ports): Promise<Finding>;
}

export const ok = (found: string): Finding => ({ status: "ok", found });
export const warn = (found: string, advice: string): Finding => ({ status: "warn", found, advice });
export const fail = (found: string, advice: string): Finding => ({ status: "fail", found, advice });
