import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";

/** Kinds of what is removed. */
export const sweptKinds = ["tasks", "logs", "journal", "objects", "mirrors"] as const;

export type SweptKind = (typeof sweptKinds)[number];

/** What one sweep did. */
export interface SweepResult {
  readonly startedAt: number;
  readonly endedAt: number;
  /** How many of each kind were removed. */
  readonly removed: Readonly<Record<SweptKind, number>>;
  /** Logs there were afterwards. */
  readonly logs: { readonly count: number; readonly bytes: number; readonly oldestAt?: number };
  /** What could not be swept, and why. */
  readonly problems: readonly string[];
}

/** The last sweep, and what all of them have removed. */
export interface SweepHistory {
  readonly last: SweepResult;
  readonly removedInAll: Readonly<Record<SweptKind, number>>;
}

const setting = "sweeps";

/** Unit of work: the history of sweeps; undefined before the first. */
export async function readSweeps(tx: Tx): Promise<SweepHistory | undefined> {
  const text = await tx.settings.get(setting);
  return text === undefined ? undefined : (JSON.parse(text) as SweepHistory);
}

/** Unit of work: adds a sweep to the history. */
async function noteSweep(tx: Tx, last: SweepResult): Promise<void> {
  const before = await readSweeps(tx);
  const sum = (kind: SweptKind) => last.removed[kind] + (before?.removedInAll[kind] ?? 0);
  const removedInAll = Object.fromEntries(sweptKinds.map((kind) => [kind, sum(kind)])) as Record<SweptKind, number>;
  const history: SweepHistory = { last, removedInAll };
  await tx.settings.put(setting, JSON.stringify(history));
}

export function keepSweep({ store }: Pick<Ports, "store">, result: SweepResult): Promise<void> {
  return store.transact(noteSweep, result);
}

export function lastSweeps({ store }: Pick<Ports, "store">): Promise<SweepHistory | undefined> {
  return store.transact(readSweeps, undefined);
}
