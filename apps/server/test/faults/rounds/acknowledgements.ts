import { appendFileSync, readFileSync } from "node:fs";

/** What the server promised, as its caller wrote it down when the answer came. */
export type Acknowledged =
  | { readonly is: "submitted"; readonly key: string; readonly task: number | string }
  /** The answer's state and attempt. */
  | { readonly is: "cancelled"; readonly task: number; readonly state: string; readonly attempt: number }
  | { readonly is: "reported"; readonly task: number; readonly attempt: number; readonly exit: number };

/** Writes each line with one write, before its caller goes on. */
export function recorderOf(file: string): (acknowledged: Acknowledged) => void {
  return (acknowledged) => appendFileSync(file, `${JSON.stringify(acknowledged)}\n`);
}

export function readAcknowledged(file: string): Acknowledged[] {
  const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Acknowledged);
}
