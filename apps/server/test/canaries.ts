import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { text } from "node:stream/consumers";
import type { DatabaseRows, Row } from "#test/database-rows.ts";

const handedOut = new Set<string>();

/**
 * A value for a secret that is found wherever it may have gone: unlike anything else, and with characters that encodings
 * change. Each server of a test looks for all of them in its data folder when it is destroyed.
 */
export function newCanary(kind: "odd" | "plain" = "odd"): string {
  const random = randomBytes(9).toString("hex");
  const canary = kind === "plain" ? `c4nary-${random}` : `c4nary ${random}/"ü&<${random}>'+=%`;
  handedOut.add(canary);
  return canary;
}

/** What has been handed out so far. */
export function allCanaries(): readonly string[] {
  return [...handedOut];
}

/** Encodings by name, each as the characters that depend on the value alone, whatever surrounds it. */
export function formsOf(value: string): Readonly<Record<string, readonly string[]>> {
  const bytes = Buffer.from(value);
  const shifts = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString("base64")
      .slice(Math.ceil((shift * 8) / 6), Math.floor(((shift + bytes.length) * 8) / 6)),
  );
  const hex = bytes.toString("hex");
  const json = JSON.stringify(value).slice(1, -1);
  const url = encodeURIComponent(value);
  return {
    plain: [value],
    base64: shifts,
    base64url: shifts.map((form) => form.replaceAll("+", "-").replaceAll("/", "_")),
    url: [url, url.replaceAll("%20", "+")],
    json: [json, json.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)],
    hex: [hex, hex.toUpperCase()],
  };
}

function patternsOf(values: readonly string[]): readonly string[] {
  // A part of a value is as bad as the whole: its first half has random characters enough to be told apart.
  const halves = values.map((value) => value.slice(0, Math.ceil(value.length / 2)));
  return [...new Set([...values, ...halves].flatMap((value) => Object.values(formsOf(value)).flat()))];
}

/**
 * Files below a folder that have one of the values in them, in any encoding, and tables that do: long values are spread
 * over pages of a database's file, so its rows themselves are looked at too.
 */
export async function leaksIn(
  folder: string,
  database: DatabaseRows,
  values = allCanaries(),
): Promise<readonly string[]> {
  if (values.length === 0 || !existsSync(folder)) return [];
  return [...(await leakingFiles(folder, values)), ...(await leakingTables(database, values))];
}

async function leakingFiles(folder: string, values: readonly string[]): Promise<readonly string[]> {
  const grep = spawn("grep", ["-rlaF", "-D", "skip", "-f", "-", folder], {
    env: { LC_ALL: "C", PATH: process.env.PATH },
  });
  grep.stdin.end(patternsOf(values).join("\n"));
  const [found, why, [code]] = await Promise.all([text(grep.stdout), text(grep.stderr), once(grep, "close")]);
  // Files come and go while a server runs; that is no reason to look at none.
  if (code !== 0 && code !== 1 && !/No such file/.test(why)) throw new Error(`grep: ${why}`);
  return found.split("\n").filter((path) => path !== "");
}

async function leakingTables(database: DatabaseRows, values: readonly string[]): Promise<readonly string[]> {
  const leaking: string[] = [];
  for (const name of await database.tables()) {
    const rows = await database.query(`select * from "${name}"`);
    if (rows.some((row) => hasLeak(rowText(row), values))) leaking.push(`the table ${name}`);
  }
  return leaking;
}

function rowText(row: Row): string {
  const textOf = (value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString("utf8") : String(value);
  return Object.values(row).map(textOf).join("\n");
}

/** Whether bytes have one of the values in them, in any encoding. */
export function hasLeak(bytes: string | Uint8Array, values = allCanaries()): boolean {
  const buffer = Buffer.from(bytes);
  return patternsOf(values).some((pattern) => buffer.includes(pattern));
}
