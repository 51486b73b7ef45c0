import type { Tx } from "#core/ports/tx.ts";
import { txOver } from "../kysely/tx/index.ts";
import { PostgresTasks } from "./tasks.ts";
import { PostgresUnit, type UnitTools, type UnitTransaction } from "./unit.ts";

/** A unit of work, given its input. */
export type Work = (tx: Tx) => Promise<unknown>;

/** What became of a unit; not yet kept. */
export interface Outcome {
  readonly ok: boolean;
  /** The result, or what was thrown. */
  readonly value: unknown;
  /** A statement failed, so that the transaction can do no more. */
  readonly broken: boolean;
}

/** Runs a unit in a transaction; never throws. */
export async function runUnit(work: Work, transaction: UnitTransaction, tools: UnitTools): Promise<Outcome> {
  const unit = new PostgresUnit(transaction, tools);
  const tasks = new PostgresTasks(unit);
  const { ok, value } = await new Promise<Omit<Outcome, "broken">>((resolve) => {
    const refuse = (error: unknown) => resolve({ ok: false, value: error });
    try {
      work(txOver(unit, tasks)).then((result) => resolve({ ok: true, value: result }), refuse);
    } catch (error) {
      refuse(error);
      return;
    }
    unit.watch(refuse);
  });
  await unit.end();
  if (unit.failure === undefined) return { ok, value, broken: false };
  return { ok: false, value: ok ? unit.failure : value, broken: true };
}
