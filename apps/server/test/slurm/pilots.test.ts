import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { ProvidedWorkerState } from "@tributary/proto/tributary/v1/workers_pb";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type NativeClient, nativeClient } from "#test/journeys/native-client.ts";
import { freePort, giveBack, patience, providedBy, statesBy, untilAll, workersOf } from "#test/provided-workers.ts";
import { ServerProcess } from "#test/server-process.ts";
import { type SlurmCluster, startSlurmCluster } from "#test/slurm/slurm-cluster.ts";

let cluster: SlurmCluster;
let server: ServerProcess;
let environment: Record<string, string>;

beforeEach(async () => {
  cluster = await startSlurmCluster();
  await mkdir(join(cluster.folder, "logs"));
  const providers = {
    slurm: {
      flavors: [
        { name: "node", partition: "work", cpus: 4 },
        { name: "core", partition: "work", cpus: 1 },
        { name: "never", partition: "nowhere" },
      ],
      regions: [{ name: "here", configuration: cluster.configuration }],
      folder: join(cluster.folder, "pilots"),
      logs: join(cluster.folder, "logs"),
      look_seconds: 0.5,
    },
  };
  environment = {
    TRIBUTARY_PROVIDERS: JSON.stringify(providers),
    TRIBUTARY_LOCAL_TASKQUEUE: "never",
    TRIBUTARY_PORT: String(await freePort()),
  };
  server = await ServerProcess.start({ environment });
});
afterEach(async () => {
  await giveBack(server).catch(() => undefined);
  await server.destroy();
  await cluster.close();
});

const queueOf = (of: ServerProcess): NativeClient =>
  nativeClient(of.url, "taskqueue/taskqueue/taskqueue.proto", "taskqueue.TaskQueue");

/** Jobs that Slurm has not ended. */
async function openJobs(): Promise<readonly string[]> {
  const lines = (await cluster.run("squeue", "--noheader", "--format=%i %j %T")).split("\n");
  return lines.filter((line) => line !== "");
}

/** Some hundred KiB, so that a node dies in the middle of what is written, sent and kept. */
const [parts, linesEach] = [12, 400];
const command = (n: number) =>
  `for i in $(seq 1 ${parts}); do seq -f "task ${n} part $i line %g" 1 ${linesEach}; sleep 0.25; done; echo "task ${n} is done"`;
const wholeLog = (n: number) =>
  Array.from({ length: parts * linesEach }, (_, at) => {
    return `task ${n} part ${Math.floor(at / linesEach) + 1} line ${(at % linesEach) + 1}`;
  }).concat(`task ${n} is done`);

describe("workers as jobs of Slurm", { timeout: 300_000 }, () => {
  it("run tasks of the reference API on two nodes; one dies in the middle, and every task ends once with its whole log", async () => {
    const queue = queueOf(server);
    const ask = { provider: "slurm", flavor: "node", number: 2, concurrency: 3, prefetch: 1 };
    const { worker_ids: numbers } = await queue.unary("CreateWorker")(ask);
    expect(numbers).toHaveLength(2);
    const ids: number[] = [];
    for (let n = 0; n < 24; n++) ids.push((await queue.unary("SubmitTask")({ command: command(n) })).task_id as number);
    await untilAll(server, "ONLINE");
    const places = (await providedBy(server)).map(({ provided }) => /on (n\d)$/.exec(provided?.place ?? "")?.[1]);
    expect([...places].sort()).toEqual(["n1", "n2"]);
    const doomed = (await providedBy(server))[places.indexOf("n1")]!;
    const heldBy = async (id: string) =>
      (await providedBy(server)).find((worker) => worker.id === id)?.taskIds.length ?? 0;
    await expect.poll(() => heldBy(doomed.id), patience).toBeGreaterThan(2);

    await cluster.killNode("n1");

    await expect
      .poll(async () => ((await queue.unary("ListTasks")({ status_filter: "S" })).tasks as unknown[]).length, {
        timeout: 200_000,
        interval: 500,
      })
      .toBe(ids.length);
    for (const [n, id] of ids.entries()) {
      const told = (await queue.stream("StreamTaskLogs", { task_id: id })).map(({ log_text: text }) =>
        String(text).trim(),
      );
      const whole = wholeLog(n);
      // What a lost attempt has said comes before, from its beginning and as far as it got.
      expect(told.slice(-whole.length)).toEqual(whole);
      const before = told.slice(0, -whole.length);
      expect(before.slice(0, -1)).toEqual(whole.slice(0, Math.max(0, before.length - 1)));
    }
    const ends = await server.rows.query("select entry from journal");
    const ended = ends.map(({ entry }) => JSON.parse(String(entry))).filter(({ kind }) => kind === "task-ended");
    expect(ended.map(({ taskId }) => taskId).sort((a, b) => a - b)).toEqual(ids);
    const lost = await server.rows.query("select task_id from attempts where outcome = 'lost'");
    // Several at a time were on the node.
    expect(lost.length).toBeGreaterThan(2);
    const won = await server.rows.query("select task_id from attempts where outcome = 'succeeded'");
    expect(won.map(({ task_id }) => Number(task_id)).sort((a, b) => a - b)).toEqual(ids);
    // It is wanted all the same: it waits for another node, and says why.
    const doomedNow = async () => (await workersOf(server).getWorker({ id: doomed.id })).worker?.provided;
    await expect.poll(async () => (await doomedNow())?.reason, patience).toMatch(/Waits in Slurm's queue.*NODE_FAIL/);
    expect((await doomedNow())?.failures).toBe(1);
    await cluster.startNode("n1");
    await untilAll(server, "ONLINE");
    expect((await workersOf(server).getWorker({ id: doomed.id })).startupLog).toContain("the worker runs");
    await giveBack(server);
    await expect.poll(openJobs, patience).toEqual([]);
    queue.close();
  });

  it("are found again by a server that was killed while they start: none twice, none left behind", async () => {
    const queue = queueOf(server);
    const { worker_ids: numbers } = await queue.unary("CreateWorker")({ provider: "slurm", flavor: "core", number: 6 });
    queue.close();
    // Some are with Slurm by now, some are not, some are on their way.
    await expect.poll(async () => (await openJobs()).length, { timeout: 60_000, interval: 5 }).toBeGreaterThan(0);
    await server.kill();
    server = await ServerProcess.start({ dataFolder: server.dataFolder, environment });
    await untilAll(server, "ONLINE");
    expect((await providedBy(server)).map(({ number }) => number)).toEqual(numbers);
    await expect.poll(async () => (await openJobs()).length, patience).toBe(6);
    const names = (await openJobs()).map((line) => line.split(" ")[1]);
    expect(new Set(names).size).toBe(6);
    await giveBack(server);
    await expect.poll(openJobs, patience).toEqual([]);
  });

  it("tell what Slurm says of one that cannot be started, and of one that waits", async () => {
    const { workers } = await workersOf(server).createWorkers({ provider: "slurm", flavor: "never", count: 1 });
    const failed = async () => (await workersOf(server).getWorker({ id: workers[0]!.id })).worker?.provided;
    await expect.poll(async () => (await failed())?.reason, patience).toContain("invalid partition specified: nowhere");
    await untilAll(server, "FAILED");
    expect((await failed())?.failures).toBe(3);
    await workersOf(server).createWorkers({ provider: "slurm", flavor: "node", count: 3 });
    await expect
      .poll(async () => (await providedBy(server)).map(({ provided }) => provided?.reason), patience)
      .toContainEqual(expect.stringContaining("Waits in Slurm's queue (Resources)"));
    await expect
      .poll(async () => (await statesBy(server)).filter((state) => state === "ONLINE").length, patience)
      .toBe(2);
    // The one that waits is taken out of Slurm's queue when it is deleted, by TaskQueue's number.
    const waits = (await providedBy(server)).find(({ provided }) => provided?.reason.includes("Resources"))!;
    const queue = queueOf(server);
    expect(await queue.unary("DeleteWorker")({ worker_id: waits.number })).toMatchObject({ success: true });
    queue.close();
    const now = async () => (await workersOf(server).getWorker({ id: waits.id })).worker?.provided?.state;
    await expect.poll(now, patience).toBe(ProvidedWorkerState.STOPPED);
    await expect.poll(async () => (await openJobs()).length, patience).toBe(2);
  });

  it("stay through an absence of Slurm's controller", async () => {
    await workersOf(server).createWorkers({ provider: "slurm", flavor: "core", count: 1 });
    await untilAll(server, "ONLINE");
    await cluster.stopController();
    const usable = async () => (await workersOf(server).listProviders({})).providers[1]?.regions[0];
    await expect.poll(async () => (await usable())?.problem, patience).toContain("Unable to contact slurm controller");
    expect(await statesBy(server)).toEqual(["ONLINE"]);
    await cluster.startController();
    await expect.poll(async () => (await usable())?.usable, patience).toBe(true);
    expect(await statesBy(server)).toEqual(["ONLINE"]);
  });
});
