import { truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Code, createClient } from "@connectrpc/connect";
import { AmeService } from "@tributary/proto/ame/v1/ame_pb";
import { ArtifactService, PreviewKind } from "@tributary/proto/tributary/v1/artifacts_pb";
import { TaskService } from "@tributary/proto/tributary/v1/tasks_pb";
import { beforeAll, expect, it } from "vitest";
import { bytes, hello, refusal, rpc, server } from "#test/facades/suite.ts";
import { HandWorker } from "#test/hand-worker.ts";
import { admin, worker } from "#test/in-process.ts";

const artifacts = () => createClient(ArtifactService, server.transport(admin));
let taskId: number;

/** A task that has left files; of what is named twice, two attempts. */
async function leave(files: readonly (readonly [string, string | Uint8Array])[]): Promise<number> {
  const { name: projectId } = await createClient(AmeService, server.transport(admin)).createProject({
    cfg: { name: "left", tasks: [hello] },
  });
  const tasks = createClient(TaskService, server.transport(admin));
  const { task } = await tasks.runTask({ projectId, taskName: "hello" });
  const hand = await HandWorker.start(server.transport(worker));
  const { attempt } = await hand.take();
  for (const [path, content] of files) {
    await hand.client.storeArtifact(
      (async function* () {
        yield { part: { case: "header" as const, value: { workerId: hand.id, attempt, path } } };
        yield {
          part: {
            case: "content" as const,
            value: typeof content === "string" ? bytes(content) : Buffer.from(content),
          },
        };
      })(),
    );
  }
  await hand.exit(attempt);
  hand.stop();
  return task!.id;
}

/** As if an attempt had left a file of this size, whose bytes are these and zeros behind them. */
async function leaveLarge(path: string, size: number, beginning = ""): Promise<void> {
  const { ports, folder } = server;
  const stored = await ports.objects.put([bytes(`${beginning}of ${path}`)] as unknown as AsyncIterable<Uint8Array>);
  const file = join(folder, "objects", stored.hash.slice(0, 2), stored.hash);
  await writeFile(file, beginning);
  await truncate(file, size);
  await ports.store.transact(
    (tx) => tx.artifacts.put([{ taskId, attempt: 1, path, size, hash: stored.hash }]),
    undefined,
  );
}

rpc("tributary.v1.ArtifactService.ListArtifacts", () => {
  beforeAll(async () => {
    taskId = await leave(Array.from({ length: 25 }, (_, n) => [`out/${String(n).padStart(2, "0")}.CSV`, `${n}`]));
    const { ports } = server;
    const again = { taskId, attempt: 2, path: "out/03.CSV", size: 1_000, hash: "f".repeat(64) };
    await ports.store.transact((tx) => tx.artifacts.put([again]), undefined);
  });

  it("answers pages by path, each file once, with sizes, sums and content types", async () => {
    const seen: string[] = [];
    let pageToken = "";
    do {
      const page = await artifacts().listArtifacts({ taskId, pageSize: 4, pageToken });
      expect([page.total, page.totalBytes]).toEqual([26, 1_040n]);
      seen.push(...page.artifacts.map(({ path, attempt }) => `${path} ${attempt}`));
      pageToken = page.nextPageToken;
    } while (pageToken !== "");
    expect(seen).toEqual([...new Set(seen)].sort());
    expect(seen.slice(3, 5)).toEqual(["out/03.CSV 1", "out/03.CSV 2"]);
    const [first] = (await artifacts().listArtifacts({ taskId })).artifacts;
    expect(first).toMatchObject({ sizeBytes: 1n, contentType: "text/csv; charset=utf-8", attempt: 1 });
    expect(first?.sha256).toMatch(/^5feceb66/);
  });

  it("answers those of an attempt, and those with a text in their path", async () => {
    const paths = async (ask: object) =>
      (await artifacts().listArtifacts({ taskId, ...ask })).artifacts.map((one) => one.path);
    expect(await paths({ attempt: 2 })).toEqual(["out/03.CSV"]);
    expect(await paths({ text: "1.csv" })).toEqual(["out/01.CSV", "out/11.CSV", "out/21.CSV"]);
    expect(await paths({ text: "%" })).toEqual([]);
    expect(await paths({ attempt: 7 })).toEqual([]);
  });

  it("refuses an unknown task, a page of another list, and one that is too large", async () => {
    expect(await refusal(artifacts().listArtifacts({ taskId: 999 }))).toMatchObject({ code: Code.NotFound });
    const { nextPageToken: pageToken } = await artifacts().listArtifacts({ taskId, pageSize: 2 });
    expect(await refusal(artifacts().listArtifacts({ taskId, text: "x", pageToken }))).toMatchObject({
      code: Code.InvalidArgument,
    });
    expect(await refusal(artifacts().listArtifacts({ taskId, pageSize: 1_001 }))).toMatchObject({
      code: Code.InvalidArgument,
    });
  });

  it("is complete where a task's own answer tells the first thousand", async () => {
    const many = Array.from({ length: 1_200 }, (_, n) => ({
      taskId,
      attempt: 3,
      path: `many/${n}`,
      size: 1,
      hash: "0".repeat(64),
    }));
    await server.ports.store.transact((tx) => tx.artifacts.put(many), undefined);
    const told = await createClient(TaskService, server.transport(admin)).getTask({ id: taskId });
    expect([told.artifacts.length, told.artifactCount]).toEqual([1_000, 1_226]);
    expect((await artifacts().listArtifacts({ taskId })).total).toBe(1_226);
  });
});

rpc("tributary.v1.ArtifactService.PreviewArtifact", () => {
  const json = '{"a": [1, 2]}';
  const text = Array.from({ length: 60_000 }, (_, n) => `line ${n} ünï`).join("\n");
  beforeAll(async () => {
    taskId = await leave([
      ["a.json", json],
      ["a.txt", text],
      ["one-line.txt", "€".repeat(200_000)],
      ["noname", "plain"],
      ["empty", ""],
      ["empty.csv", ""],
      ["table.csv", `id,name\n${Array.from({ length: 250 }, (_, n) => `${n},n${n}`).join("\n")}\n`],
      ["broken.csv", 'a,b\n1,2\n3,"4\n'],
      ["broken.parquet", "no parquet at all"],
      ["picture.png", Uint8Array.of(0x89, 0x50)],
      ["page.html", "<script>alert(1)</script>"],
      ["noise.txt", Uint8Array.of(1, 0, 2)],
      ["noise", Uint8Array.of(0xff, 0xfe, 0xfd)],
      ["__proto__", "odd name"],
    ]);
  });
  const preview = (path: string, ask: object = {}) => artifacts().previewArtifact({ taskId, path, ...ask });

  it.each([
    ["a.json", PreviewKind.JSON, json],
    ["noname", PreviewKind.TEXT, "plain"],
    ["__proto__", PreviewKind.TEXT, "odd name"],
    ["empty", PreviewKind.TEXT, ""],
    ["picture.png", PreviewKind.IMAGE, ""],
    ["page.html", PreviewKind.HTML, ""],
    ["noise.txt", PreviewKind.BINARY, ""],
    ["noise", PreviewKind.BINARY, ""],
  ])("shows %s for what it is", async (path, kind, shown) => {
    const answer = await preview(path);
    expect([answer.kind, answer.text, answer.artifact?.path, answer.nextPageToken]).toEqual([kind, shown, path, ""]);
  });

  it("shows the text of everything that is text, when asked", async () => {
    expect(await preview("page.html", { asText: true })).toMatchObject({
      kind: PreviewKind.TEXT,
      text: "<script>alert(1)</script>",
    });
    expect((await preview("table.csv", { asText: true })).text).toMatch(/^id,name\n0,n0\n/);
    expect((await preview("picture.png", { asText: true })).kind).toBe(PreviewKind.BINARY);
  });

  it.each([
    ["a.txt", text],
    ["one-line.txt", "€".repeat(200_000)],
  ])("shows %s in pages that cut neither characters nor, where there are any, lines", async (path, whole) => {
    let read = "";
    let pageToken = "";
    let pages = 0;
    do {
      const page = await preview(path, { pageToken });
      expect(page.text).not.toContain("\ufffd");
      expect(Buffer.byteLength(page.text)).toBeLessThanOrEqual(262_144);
      read += page.text;
      pageToken = page.nextPageToken;
      pages += 1;
    } while (pageToken !== "");
    expect(read === whole).toBe(true);
    expect(pages).toBeGreaterThan(2);
  });

  it("shows tables a page at a time", async () => {
    const first = await preview("table.csv", { pageSize: 200 });
    expect(first).toMatchObject({ kind: PreviewKind.TABLE, table: { columnCount: 2, firstRow: 0n, problem: "" } });
    expect(first.table?.rowCount).toBeUndefined();
    const second = await preview("table.csv", { pageSize: 200, pageToken: first.nextPageToken, firstColumn: 1 });
    expect(second.table?.columns.map(({ name }) => name)).toEqual(["name"]);
    expect(second.table?.rows[0]?.cells[0]?.text).toBe("n200");
    expect([second.table?.firstRow, second.table?.rowCount, second.nextPageToken]).toEqual([200n, 250n, ""]);
  });

  it("says what is wrong with a broken table", async () => {
    expect((await preview("broken.csv")).table).toMatchObject({
      rows: [{ cells: [{ text: "1" }, { text: "2" }] }],
      problem: expect.stringContaining("not closed"),
    });
    expect((await preview("broken.parquet")).table).toMatchObject({
      rows: [],
      problem: expect.stringContaining("Parquet"),
    });
    expect((await preview("empty.csv")).table).toMatchObject({ columns: [], problem: "" });
  });

  it("shows the beginning of files of 10 GB as soon as of any other", async () => {
    await leaveLarge("large.csv", 10 * 2 ** 30, "a,b\n1,2\n3,4\n");
    await leaveLarge("large.bin", 10 * 2 ** 30);
    await leaveLarge("large.parquet", 10 * 2 ** 30, "PAR1");
    const page = await preview("large.csv", { pageSize: 2 });
    expect(page.table?.rows.map(({ cells }) => cells.map((cell) => cell.text))).toEqual([
      ["1", "2"],
      ["3", "4"],
    ]);
    expect(page.artifact?.sizeBytes).toBe(10_737_418_240n);
    const rest = await preview("large.csv", { pageToken: page.nextPageToken });
    expect(rest.table?.problem).toContain("longer than 4 MiB");
    expect((await preview("large.bin")).kind).toBe(PreviewKind.BINARY);
    expect((await preview("large.parquet")).table?.problem).toContain("no Parquet file");
  });

  it("refuses what is not there, in any way", async () => {
    for (const path of ["../etc/passwd", "/etc/passwd", "a.json/../a.txt", "other"]) {
      expect(await refusal(preview(path))).toMatchObject({ code: Code.NotFound });
    }
    expect(await refusal(preview("a.json", { attempt: 9 }))).toMatchObject({ code: Code.NotFound });
    expect(await refusal(preview("a.json", { pageToken: "x" }))).toMatchObject({ code: Code.InvalidArgument });
    const { nextPageToken: pageToken } = await preview("a.txt");
    expect(await refusal(preview("one-line.txt", { pageToken }))).toMatchObject({ code: Code.InvalidArgument });
    expect(await refusal(preview(""))).toMatchObject({ code: Code.InvalidArgument });
  });

  it("says that the bytes have gone where they have", async () => {
    const gone = { taskId, attempt: 1, size: 5, hash: "0".repeat(64) };
    for (const path of ["gone.txt", "gone.csv"]) {
      await server.ports.store.transact((tx) => tx.artifacts.put([{ ...gone, path }]), undefined);
      expect(await refusal(preview(path))).toMatchObject({
        code: Code.NotFound,
        message: expect.stringContaining("run the task again"),
      });
    }
  });
});
