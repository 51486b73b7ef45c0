import { setTimeout as sleep } from "node:timers/promises";
import { createClient } from "@connectrpc/connect";
import { TaskQueue } from "@tributary/proto/taskqueue/taskqueue_pb";
import { MeasuredPage, type Spent } from "../../e2e/measured-browser.ts";
import { cpuTimeOf } from "../harness/cpu-time.ts";
import { LineSource } from "../harness/line-source.ts";
import { OpenDashboards } from "../harness/open-dashboards.ts";
import type { Result } from "../harness/result.ts";
import { Serving } from "../harness/serving.ts";
import { median, percentile, repeat } from "../harness/statistics.ts";
import type { Workload } from "../harness/workload.ts";
import { followedPage } from "./followed-page.ts";

const workload = "W13";
/** A frame of a screen that is drawn 60 times a second, in milliseconds. */
const frame = 16;
const turns = 200;
const wheel = 600;
/** Of the long log: so many lines are sent in as many seconds as that takes at this rate. */
const logLines = 5_000_000;
const appendRate = 250_000;
const dashboards = 100;
const costSeconds = 10;
const changesPerSecond = 20;

interface Looked {
  readonly ready: readonly number[];
  readonly turns: readonly Spent[];
}

/** Loads a page some times, and scrolls it. */
function look(url: string, row: string, box: string, repeats: number): Promise<Looked> {
  return MeasuredPage.with(url, async (measured) => {
    await measured.page.locator(row).first().waitFor();
    const ready = await repeat(repeats, () => measured.reload(row));
    return { ready, turns: await measured.scroll(box, turns, wheel) };
  });
}

function resultsOf(what: string, { ready, turns }: Looked): readonly Result[] {
  const script = turns.map((turn) => turn.script);
  const work = turns.map((turn) => turn.work);
  return [
    {
      workload,
      what: `${what}: from the address to rows that can be used`,
      value: median(ready),
      unit: "ms",
      bar: 1_000,
      beside: [],
    },
    {
      workload,
      what: `${what}: script a turn of the wheel, p95`,
      value: percentile(script, 0.95),
      unit: "ms",
      bar: frame,
      beside: [{ name: "p50 of the same", value: percentile(script, 0.5) }],
    },
    {
      workload,
      what: `${what}: script, style and layout a turn, p95`,
      value: percentile(work, 0.95),
      unit: "ms",
      beside: [{ name: "p50 of the same", value: percentile(work, 0.5) }],
    },
  ];
}

/** What the server's processor does in a second for so many dashboards that are open. */
async function costOf({ process, transport }: Serving, count: number, changes: number): Promise<number> {
  const open = new OpenDashboards(process.url, count);
  try {
    while (open.reads < count) await sleep(20);
    await sleep(1_000);
    const before = cpuTimeOf(process.pid) ?? Number.NaN;
    const queue = createClient(TaskQueue, transport);
    for (let step = 0; step < costSeconds * 10; step++) {
      for (let n = 0; n < changes / 10; n++) await queue.submitTask({ command: "true" });
      await sleep(100);
    }
    return ((cpuTimeOf(process.pid) ?? Number.NaN) - before) / costSeconds;
  } finally {
    await open.close();
  }
}

async function costs(say: (text: string) => void): Promise<readonly Result[]> {
  say(`${workload}: ${dashboards} open dashboards`);
  return Serving.with({ slots: 1 }, async (serving) => {
    await serving.occupyLocalWorker();
    const line = async (what: string, changes: number, bar: number): Promise<Result> => {
      const one = await costOf(serving, 1, changes);
      return {
        workload,
        what: `processor of the server a second, ${dashboards} dashboards, ${what}`,
        value: await costOf(serving, dashboards, changes),
        unit: "ms",
        bar,
        beside: [{ name: "one dashboard", value: one }],
      };
    };
    return [
      await line("nothing happens", 0, 50),
      await line(`${changesPerSecond} tasks are submitted a second`, changesPerSecond, 700),
    ];
  });
}

export const dashboard: Workload = {
  name: workload,
  about:
    "the dashboard: a million tasks, five million lines, a hundred that look on, and one that follows a log for long",
  async run({ say, million, repeats, minutes }) {
    say(`${workload}: a million tasks`);
    const { dataFolder } = await million();
    const list = await Serving.with({ slots: 1, dataFolder, keep: true }, ({ process }) =>
      look(`${process.url}/tasks`, "[role=row] a", ".scroller", repeats),
    );
    say(`${workload}: five million lines`);
    const logs = await Serving.with({ slots: 1 }, async (serving) => {
      await serving.occupyLocalWorker();
      await serving.fill(1);
      const source = await LineSource.start(serving.workers);
      let lines = 0;
      while (lines < logLines) lines += await source.print(appendRate, (logLines - lines) / appendRate);
      const url = `${serving.process.url}/tasks/${source.taskId}`;
      const long = await look(`${url}#L1000000`, '[data-line="1000000"] .x', "[role=log]", repeats);
      await source.end();
      return resultsOf("five million lines", long);
    });
    return [
      ...resultsOf("a million tasks", list),
      ...logs,
      ...(await costs(say)),
      ...(await followedPage(minutes, say)),
    ];
  },
};
