import type { Check, CheckResult, Finding } from "#core/checks/check.ts";
import { machineChecks } from "#core/checks/machine-checks.ts";
import { storeChecks } from "#core/checks/store-checks.ts";
import { workChecks } from "#core/checks/work-checks.ts";
import type { Ports } from "#core/ports/index.ts";

const checks: readonly Check[] = [...machineChecks, ...storeChecks, ...workChecks];

export const checkNames: readonly string[] = checks.map(({ name }) => name);

/** Gives up waiting: settles as the promise does, or throws when it takes too long. */
export type Bound = <T>(promise: Promise<T>) => Promise<T>;

/** Looks at everything at once; what cannot be looked at, or not in time, is a failure with the reason. */
export function runChecks(ports: Ports, bound: Bound): Promise<readonly CheckResult[]> {
  return Promise.all(
    checks.map(async ({ name, run }) => ({ name, ...(await bound(run(ports)).catch((error) => failed(error))) })),
  );
}

function failed(error: unknown): Finding {
  const found = error instanceof Error ? error.message : String(error);
  return { status: "fail", found, advice: "This could not be looked at; mend what it says, then check again." };
}
