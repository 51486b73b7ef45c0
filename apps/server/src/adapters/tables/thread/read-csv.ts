import { CsvError, type Options, type Parser, parse } from "csv-parse";
import type { FileBytes, TableAsk, TablePage } from "#core/ports/tables.ts";
import { brokenPage, toCell } from "./table-page.ts";

const chunkBytes = 256 * 1024;
/** A row that is longer is none: a quote was opened and never closed. */
const rowBytes = 4 * 2 ** 20;
/** Read for one page, at most. */
const pageBytes = 16 * 2 ** 20;
const separators = [",", ";", "\t", "|"];

interface Row {
  readonly cells: readonly string[];
  /** Where it ends, from where reading began. */
  readonly end: number;
}

interface Rows {
  readonly rows: readonly Row[];
  readonly problem?: string;
  /** Nothing is behind the last of them. */
  readonly complete: boolean;
}

/**
 * A page of a file of values and separators. Its first row names the columns; the separator is the one that is in there
 * most often. Pages are found by their place in bytes, so the last of a large file is as near as the first.
 */
export async function readCsv(file: FileBytes, ask: TableAsk): Promise<TablePage> {
  if (file.size === 0) return { columns: [], columnCount: 0, rows: [], firstRow: 0, rowCount: 0 };
  const separator = await separatorOf(file);
  const { rows: head, problem: headProblem } = await readRows(file, 0, 1, { delimiter: separator, bom: true });
  const [names] = head;
  if (!names) return brokenPage(ask, headProblem ?? "there is no row in it");
  const at = ask.at ?? { row: 0, offset: names.end };
  const { rows, problem, complete } = await readRows(file, at.offset, ask.rows, { delimiter: separator });
  const columnCount = Math.max(names.cells.length, ...rows.map(({ cells }) => cells.length));
  const [from, to] = [ask.firstColumn, ask.firstColumn + ask.columns];
  const last = rows.at(-1);
  const named = Array.from({ length: columnCount }, (_, n) => names.cells[n] ?? `column ${n + 1}`);
  return {
    columns: named.slice(from, to).map((name) => ({ name, type: "" })),
    columnCount,
    rows: rows.map(({ cells }) => cells.slice(from, to).map(toCell)),
    firstRow: at.row,
    ...(complete && { rowCount: at.row + rows.length }),
    ...(last && !complete && !problem && { next: { row: at.row + rows.length, offset: at.offset + last.end } }),
    ...(problem !== undefined && { problem: `row ${at.row + rows.length + 1}: ${problem}` }),
  };
}

async function separatorOf(file: FileBytes): Promise<string> {
  const head = Buffer.from(await file.read(0, Math.min(file.size, chunkBytes))).toString();
  const [line = ""] = head.replaceAll(/"[^"]*"/g, "").split(/\r?\n/, 1);
  const counts = separators.map((separator) => line.split(separator).length);
  return separators[counts.indexOf(Math.max(...counts))] ?? ",";
}

async function readRows(file: FileBytes, from: number, count: number, options: Options): Promise<Rows> {
  const parser = parse({
    info: true,
    relax_quotes: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: rowBytes,
    ...options,
  });
  let problem: string | undefined;
  parser.on("error", (error) => {
    problem = wordsFor(error);
  });
  const rows: Row[] = [];
  let at = from;
  // One more than is wanted tells whether there are more.
  while (at < file.size && rows.length <= count && problem === undefined && at - from < pageBytes) {
    const bytes = await file.read(at, Math.min(at + chunkBytes, file.size));
    if (bytes.length === 0) break;
    at += bytes.length;
    parser.write(Buffer.from(bytes));
    await taken(parser, rows);
  }
  const wasRead = at >= file.size;
  if (wasRead && problem === undefined) {
    parser.end();
    await taken(parser, rows);
  }
  parser.destroy();
  const complete = wasRead && problem === undefined && rows.length <= count;
  const told = rows.slice(0, count);
  return { rows: told, complete, ...(problem !== undefined && rows.length <= count && { problem }) };
}

async function taken(parser: Parser, rows: Row[]): Promise<void> {
  // What was written is parsed within the turn; its end, and what is wrong with it, are told in the next.
  await new Promise((resolve) => setImmediate(resolve));
  for (let next = parser.read() as Parsed | null; next !== null; next = parser.read() as Parsed | null) {
    rows.push({ cells: next.record, end: next.info.bytes });
  }
}

interface Parsed {
  readonly record: readonly string[];
  readonly info: { readonly bytes: number };
}

function wordsFor(error: Error): string {
  const code = error instanceof CsvError ? error.code : "";
  if (code === "CSV_QUOTE_NOT_CLOSED") return "a quoted value is not closed before the end of the file";
  if (code === "CSV_MAX_RECORD_SIZE") return "it is longer than 4 MiB; perhaps a quoted value is not closed";
  return error.message;
}
