import type { Ports } from "#core/ports/index.ts";
import type { Retention } from "#core/retention/retention.ts";
import { lastSweeps, type SweepHistory, type SweptKind } from "#core/retention/sweep-result.ts";

/** One kind of what is kept, and its limits; ages in milliseconds. */
export interface StoredKind {
  readonly kind: SweptKind;
  readonly count: number;
  /** Unset for what is counted with the store's tables. */
  readonly bytes?: number;
  readonly oldestAt?: number;
  readonly maxAge?: number;
  readonly maxCount?: number;
  readonly maxBytes?: number;
  /** When this was counted, where that is not now. */
  readonly countedAt?: number;
  readonly removed: number;
}

export interface Storage {
  readonly kinds: readonly StoredKind[];
  readonly databaseBytes: number;
  readonly objectsPlace: string;
  readonly disk: { readonly total: number; readonly free: number };
  readonly sweeps?: SweepHistory;
}

/** What is kept, how much of it, and until when. Logs are counted by sweeps, as that means looking at each. */
export async function getStorage(ports: Pick<Ports, "store" | "objects" | "machine" | "retention">): Promise<Storage> {
  const { store, objects, machine, retention } = ports;
  const [counts, sweeps, databaseBytes, disk] = await Promise.all([
    store.view.countStorage(),
    lastSweeps(ports),
    store.size(),
    machine.disk(),
  ]);
  const removed = (kind: SweptKind) => sweeps?.removedInAll[kind] ?? 0;
  const logs = sweeps && { ...sweeps.last.logs, countedAt: sweeps.last.endedAt };
  return {
    kinds: [
      { kind: "tasks", ...counts.tasks, ...limitsOf(retention.tasks), removed: removed("tasks") },
      { kind: "logs", ...(logs ?? { count: 0 }), ...limitsOf(retention.logs), removed: removed("logs") },
      { kind: "journal", ...counts.journal, ...limitsOf(retention.journal), removed: removed("journal") },
      { kind: "objects", ...counts.objects, ...limitsOf(retention.unusedObjects), removed: removed("objects") },
    ],
    databaseBytes,
    objectsPlace: objects.place,
    disk,
    ...(sweeps && { sweeps }),
  };
}

type Limits = Partial<Retention["tasks"] & Retention["logs"]>;

function limitsOf({ age, count, bytes }: Limits): Pick<StoredKind, "maxAge" | "maxCount" | "maxBytes"> {
  const isLimit = (value: number | undefined): value is number => value !== undefined && Number.isFinite(value);
  return {
    ...(isLimit(age) && { maxAge: age }),
    ...(isLimit(count) && { maxCount: count }),
    ...(isLimit(bytes) && { maxBytes: bytes }),
  };
}
