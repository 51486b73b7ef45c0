import { RefusedError } from "#core/errors.ts";
import type { Demand } from "#core/tasks/task.ts";

const factors: Readonly<Record<string, number>> = {
  "": 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/**
 * A quantity in Kubernetes notation: `500m`, `2`, `0.5`, `4Gi`, `1e3`.
 *
 * @throws RefusedError `invalid`, naming `field`
 */
export function parseQuantity(text: string, field: string): number {
  const match = /^(\d+(?:\.\d*)?|\.\d+)(?:([eE][+-]?\d+)|([A-Za-z]{0,2}))$/.exec(text.trim());
  const factor = factors[match?.[3] ?? ""];
  if (!match || factor === undefined) {
    throw new RefusedError("invalid", `${field}: "${text}" is not a quantity; write for example 500m, 2, 4Gi`, field);
  }
  return Number(match[1] + (match[2] ?? "")) * factor;
}

/** Bytes of a worker's disk that must be free: of it a worker has what is free at the moment. */
export const diskResource = "disk";

/** GPUs, as Kubernetes writes them. */
export const gpuResource = "nvidia.com/gpu";

/** Resources that reserve nothing: disks are checked when files come, and `pids` only limits the task itself. */
const unreserved = new Set(["storage", "ephemeral-storage", "pids"]);

/** More than any system can have. */
const mostProcesses = 4_194_304;

/**
 * How many processes and threads a task may have at a time (`pids`); undefined when it does not say.
 *
 * @throws RefusedError `invalid` for what is no number from 1 to 4,194,304
 */
export function processLimit(resources: Readonly<Record<string, string>>): number | undefined {
  if (resources.pids === undefined) return undefined;
  const limit = parseQuantity(resources.pids, "resources.pids");
  if (!Number.isInteger(limit) || limit < 1 || limit > mostProcesses) {
    throw new RefusedError(
      "invalid",
      `resources.pids: "${resources.pids}" is not a whole number from 1 to ${mostProcesses}`,
      "resources.pids",
    );
  }
  return limit;
}

/**
 * What a task takes from a machine.
 *
 * @throws RefusedError `invalid` for a quantity that cannot be read
 */
export function toDemand(resources: Readonly<Record<string, string>>): Demand {
  processLimit(resources);
  const demand: Record<string, number> = {};
  for (const [name, text] of Object.entries(resources)) {
    const value = parseQuantity(text, `resources.${name}`);
    if (unreserved.has(name)) continue;
    demand[name] = name === "cpu" ? Math.ceil(value * 1000) : Math.ceil(value);
  }
  return demand;
}

/** True when everything that is asked for is there. */
export function fits(demand: Demand, free: Demand): boolean {
  return Object.entries(demand).every(([name, amount]) => amount <= (free[name] ?? 0));
}

/** What is left of `whole`; never below zero. */
export function subtract(whole: Demand, taken: readonly Demand[]): Demand {
  const left: Record<string, number> = { ...whole };
  for (const demand of taken) {
    for (const [name, amount] of Object.entries(demand)) left[name] = Math.max(0, (left[name] ?? 0) - amount);
  }
  return left;
}

/** What so many with the same demand take together. */
export function times(demand: Demand, count: number): Demand {
  return Object.fromEntries(Object.entries(demand).map(([name, amount]) => [name, amount * count]));
}
