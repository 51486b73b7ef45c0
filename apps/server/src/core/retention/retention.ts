/** What is removed by itself. Ages are milliseconds; infinity keeps for ever. */
export interface Retention {
  /** Tasks that have ended, with everything that belongs to them. */
  readonly tasks: { readonly age: number; readonly count: number };
  /** Who changed what. */
  readonly audit: { readonly age: number; readonly count: number };
  readonly journal: { readonly age: number; readonly count: number };
  /** Of tasks that have ended; bytes on the disk of all logs. */
  readonly logs: { readonly age: number; readonly bytes: number };
  /** How long an object stays that nothing refers to. */
  readonly unusedObjects: { readonly age: number };
  /** From the start of one sweep to that of the next. */
  readonly sweepEvery: number;
}

/** When something must have been, at the latest, to be older than an age. */
export function timeBefore(now: number, age: number): number {
  return Math.max(0, now - age);
}

const day = 86_400_000;

export const usualRetention: Retention = {
  tasks: { age: 90 * day, count: 1_000_000 },
  audit: { age: 365 * day, count: 1_000_000 },
  journal: { age: 30 * day, count: 1_000_000 },
  logs: { age: 90 * day, bytes: 50 * 2 ** 30 },
  unusedObjects: { age: day },
  sweepEvery: 3_600_000,
};
