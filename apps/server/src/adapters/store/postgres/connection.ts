import pg from "pg";
import type { Value } from "../kysely/schema.ts";

/** Rows that a statement answered, and how many it touched. */
export interface Rows<R> {
  readonly rows: R[];
  readonly count: number;
}

/** Whoever runs statements. */
export interface Runs {
  query<R>(text: string, values?: readonly (Value | readonly Value[])[], prepared?: boolean): Promise<Rows<R>>;
}

const bigintType = 20;
const bytesType = 17;

/** Numbers of 53 bits as numbers, bytes as plain bytes. */
const types = {
  getTypeParser(type: number, format?: "text" | "binary") {
    const parse = pg.types.getTypeParser(type, format as "text");
    if (type === bigintType) return wholeNumber;
    if (type === bytesType) return (text: string) => new Uint8Array(parse(text) as unknown as Buffer);
    return parse;
  },
};

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new Error(`the database holds ${text}, which has more than 53 bits`);
  return value;
}

/** Milliseconds that a connection may take to be made. */
const connectTime = 5_000;

/**
 * What all connections have in common.
 *
 * @param options - settings of the session, such as `jit=off`, beside those that the address names
 */
export function connectionSettings(url: string, options: readonly string[] = []): pg.ClientConfig {
  const address = new URL(url);
  const own = address.searchParams.get("options");
  address.searchParams.delete("options");
  return {
    connectionString: address.href,
    options: [...(own === null ? [] : [own]), ...["jit=off", ...options].map((option) => `-c ${option}`)].join(" "),
    types: types as pg.CustomTypesConfig,
    connectionTimeoutMillis: connectTime,
    keepAlive: true,
    application_name: "tributary",
    // Others wait for what a transaction holds: it must not outlive a server that hangs.
    idle_in_transaction_session_timeout: 10_000,
    lock_timeout: 15_000,
    statement_timeout: 30_000,
    query_timeout: 40_000,
  };
}

/** Statements that were prepared have the same name on every connection. */
const names = new Map<string, string>();

function nameOf(text: string): string {
  const known = names.get(text);
  if (known !== undefined) return known;
  const name = `s${names.size + 1}`;
  names.set(text, name);
  return name;
}

/** Runs a statement; one that comes often had better be prepared. */
export async function runStatement<R>(
  client: pg.ClientBase,
  text: string,
  values: readonly (Value | readonly Value[])[] = [],
  prepared = false,
): Promise<Rows<R>> {
  const bound = values.map(bind);
  const answer = await client.query(prepared ? { name: nameOf(text), text, values: bound } : { text, values: bound });
  return { rows: answer.rows as R[], count: answer.rowCount ?? 0 };
}

function bind(value: Value | readonly Value[]): unknown {
  return Array.isArray(value) ? value.map(bindOne) : bindOne(value as Value);
}

/** Texts of the database have no NUL: what callers send with one, and the audit trail keeps, has the sign for what is not a character. */
function bindOne(value: Value): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value);
  return typeof value === "string" && value.includes("\0") ? value.replaceAll("\0", "\ufffd") : value;
}
