import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Result } from "./result.ts";
import { asMarkdown } from "./tables.ts";

const file = fileURLToPath(new URL("../../docs/performance.md", import.meta.url));
const picture = fileURLToPath(new URL("../../docs/flood.svg", import.meta.url));

export interface Report {
  readonly machine: readonly string[];
  /** Others used the machine meanwhile. */
  readonly isBusy: boolean;
  readonly results: readonly Result[];
}

/** Renews what stands between the marks of each workload in docs/performance.md; what was not measured stays. */
export function writeReport({ machine, isBusy, results }: Report): void {
  if (!existsSync(file)) throw new Error(`${file} is missing`);
  let text = readFileSync(file, "utf8");
  for (const [workload, some] of Map.groupBy(results, (result) => result.workload)) {
    text = renew(text, workload, `${today(isBusy)}\n\n${asMarkdown(some)}`);
  }
  text = renew(text, "machine", machine.map((line) => `* ${line}`).join("\n"));
  writeFileSync(file, text);
}

/** Renews the picture and the table of the flood. */
export function writeFlood(table: string, svg: string, isBusy: boolean): void {
  writeFileSync(picture, svg);
  const content = `${today(isBusy)}\n\n![Memory over time](flood.svg)\n\n${table}`;
  writeFileSync(file, renew(readFileSync(file, "utf8"), "flood", content));
}

function today(isBusy: boolean): string {
  const date = new Date().toISOString().slice(0, 10);
  return `${date}.${isBusy ? " **Provisional: other work ran on the machine.**" : ""}`;
}

function renew(text: string, name: string, content: string): string {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`docs/performance.md has no place for ${name}: ${begin} … ${end}`);
  return `${text.slice(0, from + begin.length)}\n${content}\n${text.slice(to)}`;
}
