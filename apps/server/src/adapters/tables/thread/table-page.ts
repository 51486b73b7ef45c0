import type { TableAsk, TableCell, TablePage } from "#core/ports/tables.ts";

/** Characters of a cell that are told. */
const cellLength = 1_000;

/** A value of any format as people read it. */
export function toCell(value: unknown): TableCell {
  if (value === null || value === undefined) return {};
  const text = textOf(value);
  return text.length > cellLength ? { text: text.slice(0, cellLength).toWellFormed(), cut: true } : { text };
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "invalid date" : value.toISOString();
  if (value instanceof Uint8Array) return textOfBytes(value);
  if (typeof value === "object") {
    return JSON.stringify(value, (_, part: unknown) => {
      if (typeof part === "bigint") return String(part);
      return part instanceof Uint8Array ? textOf(part) : part;
    });
  }
  return String(value);
}

/** Text where the bytes are such, otherwise their digits. */
function textOfBytes(bytes: Uint8Array): string {
  const digits = () => `0x${Buffer.from(bytes.subarray(0, cellLength)).toString("hex")}`;
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return /[\u0000-\u0008\u000e-\u001f]/.test(text) ? digits() : text;
  } catch {
    return digits();
  }
}

/** A page without rows that says why. */
export function brokenPage({ at }: TableAsk, problem: string): TablePage {
  return { columns: [], columnCount: 0, rows: [], firstRow: at?.row ?? 0, problem };
}
