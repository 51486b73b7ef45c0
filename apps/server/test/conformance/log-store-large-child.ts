import { fileLogStore } from "#adapters/log-store/files/index.ts";

/**
 * Writes a log of so many megabytes and a line of 100 MB into a folder, reads and searches them, while it follows the log
 * of another task; says on its standard output what memory that took and how late the other task's lines were.
 */
const [folder = "", megabytes = "1000"] = process.argv.slice(2);
const logs = await fileLogStore({ folder });
const never = new AbortController().signal;
const base = process.memoryUsage.rss();
let highest = base;
const lags: number[] = [];
let over = false;

async function follow(): Promise<void> {
  for await (const { chunks } of logs.follow(2, 0, never))
    for (const { at } of chunks) lags.push(performance.now() - at);
}

async function speak(): Promise<void> {
  for (let offset = 0; !over; ) {
    const pieces = [{ stream: "stdout" as const, at: performance.now(), bytes: Buffer.from("tick\n") }];
    offset = await logs.append({ taskId: 2, number: 1 }, offset, pieces);
    highest = Math.max(highest, process.memoryUsage.rss());
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  logs.seal(2);
}

async function write(taskId: number, piece: Buffer, size: number): Promise<void> {
  for (let offset = 0; offset < size; ) {
    offset = await logs.append({ taskId, number: 1 }, offset, [{ stream: "stdout", at: 1, bytes: piece }]);
  }
}

const query = {
  ...{ text: "x+y", regexp: true, matchCase: true, levels: [], streams: [], attempts: [] },
  ...{
    firstLine: 0,
    endLine: Number.MAX_SAFE_INTEGER,
    limit: 10,
    backwards: false,
    groupMarks: false,
    asRuns: false,
    stopAtLimit: false,
    openLine: true,
  },
};
const others = [follow(), speak()];
const size = Number(megabytes) * 1_000_000;
await Promise.all([
  write(1, Buffer.alloc(250_000, `${"x".repeat(99)}\n`), size),
  write(3, Buffer.alloc(250_000, "ü"), 100_000_000),
]);
let ends = "";
for (const taskId of [1, 3])
  for await (const { end } of logs.search(taskId, query, never)) ends += end ? `${end} ` : "";
const [middle] = await logs.readLines(1, size / 200, 1);
const [long] = await logs.readLines(3, 0, 1);
let read = 0;
for (let offset = 0; offset < size; ) {
  const chunks = await logs.read(1, offset, 262_144);
  read += chunks.reduce((sum, { bytes }) => sum + bytes.length, 0);
  offset = chunks.at(-1)!.nextOffset;
}
over = true;
await Promise.all(others);
lags.sort((one, other) => one - other);
process.stdout.write(
  JSON.stringify({
    ends: ends.trim(),
    read,
    middle: middle?.bytes.length,
    long: [long?.bytes.length, long?.cutBytes],
    grownMegabytes: Math.round((highest - base) / 1e6),
    ticks: lags.length,
    lagP99: Math.round(lags[Math.floor(lags.length * 0.99)] ?? -1),
  }),
);
await logs.close();
