import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TaskPlan } from "./plan.ts";

/** A line that a task wrote about itself. */
export interface LedgerLine {
  readonly is: "start" | "end";
  readonly key: string;
  readonly attempt: number;
}

/**
 * Where all tasks of a run of rounds write down that they begin and that they are done: one file, which every one
 * appends to with a single write, so that its order is the order in which things happened.
 */
export class Ledger {
  readonly file: string;
  readonly #script: string;

  constructor(folder: string) {
    this.file = join(folder, "ledger");
    this.#script = join(folder, "task.sh");
    writeFileSync(this.file, "");
    writeFileSync(
      this.#script,
      [
        'printf "start %s %s\\n" "$KEY" "$TRIBUTARY_ATTEMPT" >> "$LEDGER"',
        "n=0",
        'while [ "$n" -lt "$COUNT" ]; do n=$((n + 1)); echo "$KEY line $n"; sleep "$PAUSE"; done',
        'printf "end %s %s\\n" "$KEY" "$TRIBUTARY_ATTEMPT" >> "$LEDGER"',
        'exit "$EXIT"',
        "",
      ].join("\n"),
    );
  }

  variables({ key, lines, pause, exit }: TaskPlan): Readonly<Record<string, string>> {
    return { KEY: key, COUNT: String(lines), PAUSE: pause, EXIT: String(exit), LEDGER: this.file };
  }

  /** What a task runs; the variables come with it or otherwise. */
  command(plan?: TaskPlan): string {
    const set = plan ? Object.entries(this.variables(plan)).map(([name, value]) => `${name}='${value}' `) : [];
    return `${set.join("")}sh '${this.#script}'`;
  }

  read(): LedgerLine[] {
    const lines = readFileSync(this.file, "utf8").split("\n").slice(0, -1);
    return lines.map((line) => {
      const match = /^(start|end) (key\d+\.) \d+-(\d+)$/.exec(line);
      if (!match) throw new Error(`the ledger has a line that no task writes: ${line}`);
      return { is: match[1] as "start" | "end", key: match[2] as string, attempt: Number(match[3]) };
    });
  }
}
