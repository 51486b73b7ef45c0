import type pg from "pg";
import type { Position } from "#core/journal/entry.ts";
import type { ProgressRow, Value } from "../kysely/schema.ts";
import { type Rows, runStatement } from "./connection.ts";
import type { UnitTransaction } from "./unit.ts";

/** A unit that was expected to read only has asked for a change: it must be run again by the writer. */
export class NeedsWriterError extends Error {
  override readonly name = "NeedsWriterError";
}

/** Begins a transaction that reads one snapshot; answers the position of the newest entry in it. */
export async function beginSnapshot(client: pg.ClientBase): Promise<Position> {
  const begun: unknown = await client.query(
    "begin isolation level repeatable read read only; select position from progress",
  );
  return (begun as pg.QueryResult<Pick<ProgressRow, "position">>[]).at(-1)?.rows[0]?.position ?? 0;
}

/** A transaction that sees one snapshot and changes nothing; many of them go on at once. */
export class Reading implements UnitTransaction {
  readonly #client: pg.ClientBase;
  #position: Position = 0;
  #needsWriter = false;

  constructor(client: pg.ClientBase) {
    this.#client = client;
  }

  get needsWriter(): boolean {
    return this.#needsWriter;
  }

  get position(): Position {
    return this.#position;
  }

  async begin(): Promise<void> {
    this.#position = await beginSnapshot(this.#client);
  }

  async end(): Promise<void> {
    await this.#client.query("commit");
  }

  read<R>(text: string, values: readonly (Value | readonly Value[])[], prepared = false): Promise<Rows<R>> {
    return runStatement<R>(this.#client, text, values, prepared);
  }

  async write(): Promise<never> {
    return this.#refuse();
  }

  async insert(): Promise<never> {
    return this.#refuse();
  }

  async takeTaskIds(): Promise<never> {
    return this.#refuse();
  }

  async append(): Promise<never> {
    return this.#refuse();
  }

  #refuse(): never {
    this.#needsWriter = true;
    throw new NeedsWriterError("this unit changes something");
  }
}
