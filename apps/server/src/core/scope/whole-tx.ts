import type { Tx } from "#core/ports/tx.ts";

const wholes = new WeakMap<Tx, Tx>();

/** Notes which access a limited one was made from. */
export function limitedFrom(whole: Tx, limited: Tx): Tx {
  wholes.set(limited, whole);
  return limited;
}

/**
 * The same unit's access to everything. For what follows from a change and is shown to nobody: tasks of other projects that
 * wait for a task must go on when it ends, whoever ended it.
 */
export function wholeTx(tx: Tx): Tx {
  return wholes.get(tx) ?? tx;
}
