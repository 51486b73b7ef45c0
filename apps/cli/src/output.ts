import { once } from "node:events";
import { type DescMessage, type MessageShape, toJson } from "@bufbuild/protobuf";

/** Where results and remarks go. Results are for people, or with `--json` for programs. */
export class Output {
  readonly #out: NodeJS.WritableStream;
  readonly #error: NodeJS.WritableStream;
  readonly json: boolean;

  constructor(out: NodeJS.WritableStream, error: NodeJS.WritableStream, json: boolean) {
    this.#out = out;
    this.#error = error;
    this.json = json;
  }

  /** A result: the message as JSON in one line, or what `text` says of it. */
  message<D extends DescMessage>(schema: D, message: MessageShape<D>, text: () => string): void {
    this.#out.write(`${this.json ? JSON.stringify(toJson(schema, message)) : text()}\n`);
  }

  /** A result that no message has. */
  result(value: object, text: () => string): void {
    const said = this.json ? JSON.stringify(value) : text();
    if (said !== "") this.#out.write(`${said}\n`);
  }

  /** Bytes as they are; waits while nobody reads. */
  async bytes(bytes: Uint8Array): Promise<void> {
    if (!this.#out.write(bytes)) await once(this.#out, "drain");
  }

  /** Something said while a command is at work; never a part of its result. */
  remark(text: string): void {
    this.#error.write(`${text}\n`);
  }
}

/** Columns as wide as they need to be; the last as wide as it is. */
export function toTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows].map((row) => row.map(plain));
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join("  ");
  return all.map((row) => line(row).trimEnd()).join("\n");
}

/** Names come from anywhere: nothing in them may move the cursor or colour the terminal. */
function plain(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, "\ufffd");
}
