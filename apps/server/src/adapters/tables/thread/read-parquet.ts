import {
  type AsyncBuffer,
  type FileMetaData,
  parquetMetadataAsync,
  parquetRead,
  parquetSchema,
  type SchemaTree,
} from "hyparquet";
import { compressors } from "hyparquet-compressors";
import type { FileBytes, TableAsk, TablePage } from "#core/ports/tables.ts";
import { brokenPage, toCell } from "./table-page.ts";

/** Of what describes a file, and of what one page needs of it: packed, and unpacked. */
const limits = { metadata: 16 * 2 ** 20, packed: 64 * 2 ** 20, unpacked: 256 * 2 ** 20 };

/** A page of a Parquet file. Only the columns and groups of rows that it needs are read. */
export async function readParquet(file: FileBytes, ask: TableAsk): Promise<TablePage> {
  const problem = await problemOf(file);
  if (problem) return brokenPage(ask, problem);
  const bytes: AsyncBuffer = {
    byteLength: file.size,
    async slice(from, to = file.size) {
      const { buffer, byteOffset, byteLength } = await file.read(from, to);
      return buffer.slice(byteOffset, byteOffset + byteLength);
    },
  };
  try {
    const metadata = await parquetMetadataAsync(bytes);
    return await readPage(bytes, metadata, ask);
  } catch (error) {
    return brokenPage(ask, `it cannot be read as Parquet: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Source: Parquet's file format: `PAR1` at both ends, and before the last the length of the description. */
async function problemOf(file: FileBytes): Promise<string | undefined> {
  if (file.size < 12) return "it is too short to be a Parquet file";
  const [head, tail] = [await file.read(0, 4), Buffer.from(await file.read(file.size - 8, file.size))];
  const isParquet = Buffer.from(head).toString("latin1") === "PAR1" && tail.toString("latin1", 4) === "PAR1";
  if (!isParquet) return "it is no Parquet file, or not all of it was written: its marks are missing";
  const length = tail.readUInt32LE(0);
  if (length > file.size - 12) return "it is damaged: its description is longer than the file";
  return length > limits.metadata ? "its description is larger than 16 MiB, which is too much to show" : undefined;
}

async function readPage(file: AsyncBuffer, metadata: FileMetaData, ask: TableAsk): Promise<TablePage> {
  const all = parquetSchema(metadata).children;
  const shown = all.slice(ask.firstColumn, ask.firstColumn + ask.columns);
  const names = shown.map(({ element }) => element.name);
  const rowCount = Number(metadata.num_rows);
  const rowStart = Math.min(ask.at?.row ?? 0, rowCount);
  const rowEnd = Math.min(rowStart + ask.rows, rowCount);
  const page = {
    columns: shown.map((column) => ({ name: column.element.name, type: typeOf(column) })),
    columnCount: all.length,
    firstRow: rowStart,
    rowCount,
  };
  if (rowEnd === rowStart || names.length === 0) return { ...page, rows: [] };
  const tooMuch = costOf(metadata, names, rowStart, rowEnd);
  if (tooMuch) return { ...page, rows: [], problem: tooMuch };
  const rows: unknown[][] = [];
  await parquetRead({
    file,
    metadata,
    columns: names,
    rowStart,
    rowEnd,
    compressors,
    rowFormat: "array",
    // Old writers do not say which of their bytes are text: each value is looked at instead.
    utf8: false,
    onComplete: (read: unknown[][]) => void rows.push(...read),
  });
  return {
    ...page,
    rows: rows.map((row) => row.map(toCell)),
    ...(rowEnd < rowCount && { next: { row: rowEnd, offset: 0 } }),
  };
}

/** Why a page would take too much of this server; a whole group of rows may have to be read for one of them. */
function costOf({ row_groups: groups }: FileMetaData, names: readonly string[], from: number, to: number) {
  let first = 0;
  let packed = 0;
  let unpacked = 0;
  for (const { num_rows: count, columns } of groups) {
    const next = first + Number(count);
    if (first < to && next > from) {
      for (const { meta_data: chunk } of columns) {
        if (!chunk || !names.includes(chunk.path_in_schema[0] ?? "")) continue;
        packed += Number(chunk.total_compressed_size);
        unpacked += Number(chunk.total_uncompressed_size);
      }
    }
    first = next;
  }
  if (packed <= limits.packed && unpacked <= limits.unpacked) return undefined;
  const megabytes = Math.round(Math.max(packed, unpacked) / 2 ** 20);
  return `these rows are in groups of ${megabytes} MiB, which is too much to show; ask for fewer columns, or download it`;
}

function typeOf({ element, children }: SchemaTree): string {
  if (children.length > 0) return element.converted_type?.toLowerCase() ?? "struct";
  const type = element.logical_type?.type ?? element.converted_type ?? element.type ?? "";
  return type.toLowerCase();
}
