import { createClient } from "@connectrpc/connect";
import { TaskQueue } from "@tributary/proto/taskqueue/taskqueue_pb";
import { MeasuredPage, type Spent, spentSince } from "../../e2e/measured-browser.ts";
import type { Result } from "../harness/result.ts";
import { Serving } from "../harness/serving.ts";

const workload = "W13";
/** Lines a second while memory is looked at, and while freezes are. */
const busy = 10_000;
const busiest = 50_000;
const busiestSeconds = 20;
/** The heap at the end, of what it was after the first two tenths, at most. */
const growth = 1.1;

/** Prints numbered lines of 80 bytes, so many a second, as a program of somebody's would. */
const printer = (perSecond: number) => `python3 -uc '
import sys, time
began, n = time.time(), 0
while True:
    due = int((time.time() - began) * ${perSecond})
    sys.stdout.write("".join("row %d of a busy log".ljust(79) % i + "\\n" for i in range(n + 1, due + 1)))
    n = max(n, due)
    time.sleep(0.01)
'`;

/** A page that follows the log of a task that prints, once it shows the first of its lines. */
function followed<T>(perSecond: number, act: (measured: MeasuredPage) => Promise<T>): Promise<T> {
  return Serving.with({ slots: 1 }, async ({ process, transport }) => {
    const { taskId } = await createClient(TaskQueue, transport).submitTask({ command: printer(perSecond) });
    return MeasuredPage.with(`${process.url}/tasks/${taskId}`, async (measured) => {
      await measured.page.locator("[role=log]", { hasText: "of a busy log" }).waitFor({ timeout: 60_000 });
      return act(measured);
    });
  });
}

/** The number of the last line that is drawn. */
async function lastLine({ page }: MeasuredPage): Promise<number> {
  const last = await page.locator("[data-line]:has(.x)").last().getAttribute("data-line");
  return Number(last);
}

/** @throws Error for a page that shows no newer lines than it did */
async function newerLine(measured: MeasuredPage, former: number): Promise<number> {
  const line = await lastLine(measured);
  if (line <= former) throw new Error(`the page follows no more: its last line is ${line}, and was ${former}`);
  return line;
}

/** Megabytes that a page's scripts hold, ten times at equal distances. */
function heaps(minutes: number, say: (text: string) => void): Promise<readonly number[]> {
  return followed(busy, async (measured) => {
    const all: number[] = [];
    let line = 0;
    for (let tenth = 1; tenth <= 10; tenth++) {
      await measured.page.waitForTimeout(minutes * 6_000);
      line = await newerLine(measured, line);
      all.push(await measured.heap());
      say(`${workload}: line ${line.toLocaleString("en")}, ${all.at(-1)?.toFixed(1)} MB`);
    }
    return all;
  });
}

interface Held {
  /** Milliseconds of each time that the page was held up for more than 50. */
  readonly freezes: readonly number[];
  readonly spent: Spent;
}

function holds(): Promise<Held> {
  return followed(busiest, async (measured) => {
    // What the first lines bring with them is not what following costs.
    await measured.page.waitForTimeout(3_000);
    const line = await lastLine(measured);
    const freezes = await measured.freezes();
    const before = await measured.spent();
    await measured.page.waitForTimeout(busiestSeconds * 1_000);
    const spent = spentSince(before, await measured.spent());
    await newerLine(measured, line);
    return { freezes: await freezes(), spent };
  });
}

/** What it costs a page to follow a log, in memory and in time. */
export async function followedPage(minutes: number, say: (text: string) => void): Promise<readonly Result[]> {
  say(`${workload}: a log of ${busiest.toLocaleString("en")} lines a second`);
  const { freezes, spent } = await holds();
  say(`${workload}: ${minutes} min of a log of ${busy.toLocaleString("en")} lines a second`);
  const memory = await heaps(minutes, say);
  const early = memory[1] ?? Number.NaN;
  const rate = (lines: number) => `${lines.toLocaleString("en")} lines a second`;
  return [
    {
      workload,
      what: `following ${rate(busiest)}: the longest time that the page is held up`,
      value: Math.max(0, ...freezes),
      unit: "ms",
      bar: 200,
      beside: [{ name: `all ${freezes.length} times of more than 50 ms, of ${busiestSeconds} s`, value: sum(freezes) }],
    },
    {
      workload,
      what: `following ${rate(busiest)}: what the page's thread does in a second`,
      value: spent.all / busiestSeconds,
      unit: "ms",
      bar: 500,
      beside: [{ name: "its scripts", value: spent.script / busiestSeconds }],
    },
    {
      workload,
      what: `heap of a page after ${minutes} min of following ${rate(busy)}`,
      value: memory.at(-1) ?? Number.NaN,
      unit: "MB",
      bar: early * growth,
      beside: [{ name: `after the first ${minutes / 5} min`, value: early }],
    },
  ];
}

const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0);
