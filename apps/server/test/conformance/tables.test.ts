import { parquetWriteBuffer } from "hyparquet-writer";
import { describe, expect, it } from "vitest";
import { threadTables } from "#adapters/tables/thread/index.ts";
import type { FileBytes, RowPlace, TableAsk, TableFormat, TablePage } from "#core/ports/tables.ts";

const tables = threadTables();
const idle = new AbortController().signal;

/** A file in memory that counts what is read of it. */
function fileOf(content: string | Uint8Array): FileBytes & { readonly taken: () => number } {
  const bytes = new Uint8Array(Buffer.from(content));
  let taken = 0;
  return {
    size: bytes.length,
    async read(from, to) {
      taken += Math.min(to, bytes.length) - from;
      return bytes.slice(from, to);
    },
    taken: () => taken,
  };
}

function read(format: TableFormat, content: string | Uint8Array | FileBytes, ask: Partial<TableAsk> = {}) {
  const file = typeof content === "string" || content instanceof Uint8Array ? fileOf(content) : content;
  return tables.read(format, file, { rows: 100, firstColumn: 0, columns: 50, ...ask }, idle);
}

const texts = ({ rows }: TablePage) => rows.map((cells) => cells.map(({ text }) => text));
const names = ({ columns }: TablePage) => columns.map(({ name }) => name);

describe("CSV", () => {
  it.each([
    ["commas", "a,b\n1,2\n", ",", ["a", "b"], [["1", "2"]]],
    ["semicolons", "a;b\n1,5;2\n", ";", ["a", "b"], [["1,5", "2"]]],
    ["tabs", "a\tb\r\n1\t2\r\n", "\t", ["a", "b"], [["1", "2"]]],
    ["a byte order mark", "\ufeffa,b\n1,2", ",", ["a", "b"], [["1", "2"]]],
    [
      "quotes, line ends and separators in values",
      'a,"b,c"\n"x\ny","say ""hi"""\n',
      ",",
      ["a", "b,c"],
      [["x\ny", 'say "hi"']],
    ],
    ["quotes within a value", 'a,b\n5" disk,2\n', ",", ["a", "b"], [['5" disk', "2"]]],
    ["rows of unlike length", "a,b\n1\n1,2,3\n", ",", ["a", "b", "column 3"], [["1"], ["1", "2", "3"]]],
    ["empty lines", "a,b\n\n1,2\n\n", ",", ["a", "b"], [["1", "2"]]],
    ["nothing but names", "a,b\n", ",", ["a", "b"], []],
    ["one column", "a\n1\n2\n", ",", ["a"], [["1"], ["2"]]],
  ])("with %s", async (_, content, __, columns, rows) => {
    const page = await read("csv", content);
    expect([names(page), texts(page), page.problem, page.next]).toEqual([columns, rows, undefined, undefined]);
    expect(page.rowCount).toBe(rows.length);
  });

  it("that is empty has no column", async () => {
    expect(await read("csv", "")).toMatchObject({ columns: [], rows: [], rowCount: 0 });
  });

  it("is read in pages that have every row once, reading little more than the page", async () => {
    const content = `id,text\n${Array.from({ length: 100_000 }, (_, n) => `${n},"row\n${n}"`).join("\n")}\n`;
    const seen: (string | undefined)[] = [];
    let at: RowPlace | undefined;
    for (let pages = 0; pages < 3; pages++) {
      const file = fileOf(content);
      const page = await read("csv", file, { rows: 1_000, ...(at && { at }) });
      expect(page.firstRow).toBe(pages * 1_000);
      expect(page.rowCount).toBeUndefined();
      expect(file.taken()).toBeLessThan(1_000_000);
      seen.push(...texts(page).map(([id]) => id));
      at = page.next;
    }
    expect(seen).toEqual(Array.from({ length: 3_000 }, (_, n) => String(n)));
    const end = await read("csv", content, { rows: 1_000, at: { row: 99_999, offset: content.lastIndexOf("99999,") } });
    expect(end).toMatchObject({
      firstRow: 99_999,
      rowCount: 100_000,
      rows: [[{ text: "99999" }, { text: "row\n99999" }]],
    });
    expect(end.next).toBeUndefined();
  });

  it("shows some of many columns, and the beginning of long values", async () => {
    const content = `${Array.from({ length: 300 }, (_, n) => `c${n}`).join(",")}\n${"v,".repeat(299)}${"x".repeat(5_000)}\n`;
    const page = await read("csv", content, { firstColumn: 290, columns: 50 });
    expect([page.columnCount, names(page).length, names(page)[0]]).toEqual([300, 10, "c290"]);
    expect(page.rows[0]?.at(-1)).toEqual({ text: "x".repeat(1_000), cut: true });
  });

  it("says in which row a quote is not closed, and shows what is before it", async () => {
    const page = await read("csv", 'a,b\n1,2\n3,"4\n5,6\n');
    expect([texts(page), page.problem, page.next]).toEqual([
      [["1", "2"]],
      "row 2: a quoted value is not closed before the end of the file",
      undefined,
    ]);
    const long = await read("csv", `a,b\n1,2\n3,"${"x,y\n".repeat(2_000_000)}`);
    expect([texts(long), long.problem]).toEqual([
      [["1", "2"]],
      "row 2: it is longer than 4 MiB; perhaps a quoted value is not closed",
    ]);
  });

  it("does not mind what is no CSV at all", async () => {
    const noise = Uint8Array.from({ length: 100_000 }, (_, n) => (n * 7_919) % 256);
    expect((await read("csv", noise)).columnCount).toBeGreaterThan(0);
  });
});

describe("Parquet", () => {
  const content = parquetOf(2_500, 1_000);

  function parquetOf(rows: number, rowGroupSize: number): Uint8Array {
    const of = <T>(make: (n: number) => T) => Array.from({ length: rows }, (_, n) => make(n));
    return new Uint8Array(
      parquetWriteBuffer({
        rowGroupSize,
        columnData: [
          { name: "id", data: of(BigInt), type: "INT64" },
          { name: "name", data: of((n) => (n % 3 === 0 ? null : `row ${n}`)), type: "STRING", nullable: true },
          { name: "score", data: of((n) => n / 4), type: "DOUBLE" },
          { name: "at", data: of((n) => new Date(n * 1_000)), type: "TIMESTAMP" },
          { name: "raw", data: of((n) => Uint8Array.of(n % 256, 1)), type: "BYTE_ARRAY" },
          { name: "tags", data: of((n) => ({ n, list: ["a", "b"] })), type: "JSON" },
        ],
      }),
    );
  }

  it("is read in pages, over the borders of its groups", async () => {
    const page = await read("parquet", content, { rows: 3, at: { row: 999, offset: 0 } });
    expect(page).toMatchObject({ columnCount: 6, firstRow: 999, rowCount: 2_500, next: { row: 1_002, offset: 0 } });
    expect(names(page)).toEqual(["id", "name", "score", "at", "raw", "tags"]);
    expect(texts(page)).toEqual([
      ["999", undefined, "249.75", "1970-01-01T00:16:39.000Z", "0xe701", '{"n":999,"list":["a","b"]}'],
      ["1000", "row 1000", "250", "1970-01-01T00:16:40.000Z", "0xe801", '{"n":1000,"list":["a","b"]}'],
      ["1001", "row 1001", "250.25", "1970-01-01T00:16:41.000Z", "0xe901", '{"n":1001,"list":["a","b"]}'],
    ]);
    const last = await read("parquet", content, { rows: 100, at: { row: 2_499, offset: 0 } });
    expect([last.rows.length, last.next]).toEqual([1, undefined]);
    expect((await read("parquet", content, { at: { row: 9_999, offset: 0 } })).rows).toEqual([]);
  });

  it("is read no further than the columns that are asked for", async () => {
    const some = fileOf(content);
    const page = await read("parquet", some, { rows: 1, firstColumn: 2, columns: 1, at: { row: 2_400, offset: 0 } });
    expect([names(page), texts(page), page.columnCount]).toEqual([["score"], [["600"]], 6]);
    const all = fileOf(content);
    await read("parquet", all, { rows: 2_500 });
    expect(some.taken()).toBeLessThan(all.taken());
  });

  it.each([
    ["empty", new Uint8Array(0), "too short"],
    ["text", Buffer.from("id,name\n1,2\n3,4\n"), "no Parquet file"],
    ["not written to its end", content.subarray(0, content.length - 10), "no Parquet file"],
    [
      "with a description of any length",
      damaged((bytes) => bytes.writeUInt32LE(0xfffffff0, bytes.length - 8)),
      "damaged",
    ],
    [
      "with a damaged description",
      damaged((bytes) => bytes.fill(0x5a, bytes.length - 300, bytes.length - 8)),
      "Parquet",
    ],
    ["with damaged rows", damaged((bytes) => bytes.fill(0xff, 4, 3_000)), "Parquet"],
  ])("that is %s is said to be so", async (_, bytes, why) => {
    const page = await read("parquet", bytes);
    expect([page.rows, page.problem]).toEqual([[], expect.stringContaining(why)]);
  });

  function damaged(harm: (bytes: Buffer) => unknown): Uint8Array {
    const bytes = Buffer.from(content);
    harm(bytes);
    return bytes;
  }
});

describe("a reader", () => {
  it("that takes too long is ended", async () => {
    const stuck: FileBytes = { size: 1_000, read: () => new Promise(() => {}) };
    const page = await threadTables({ milliseconds: 200 }).read(
      "parquet",
      stuck,
      { rows: 1, firstColumn: 0, columns: 1 },
      idle,
    );
    expect(page.problem).toContain("took longer than 0.2 s");
  });

  it("tells what keeps its file from being read", async () => {
    const gone: FileBytes = { size: 1_000, read: () => Promise.reject(new Error("the bytes are gone")) };
    await expect(read("csv", gone)).rejects.toThrow("the bytes are gone");
  });

  it("leaves its place to others when its caller goes, however many wait", async () => {
    const leaving = new AbortController();
    const stuck: FileBytes = { size: 1_000, read: () => new Promise(() => {}) };
    const ask = { rows: 1, firstColumn: 0, columns: 1 };
    const left = Array.from({ length: 5 }, () => tables.read("csv", stuck, ask, leaving.signal).catch(() => "left"));
    const waiting = read("csv", "a\n1\n");
    leaving.abort();
    expect(await Promise.all(left)).toEqual(Array.from({ length: 5 }, () => "left"));
    expect(texts(await waiting)).toEqual([["1"]]);
  });
});
