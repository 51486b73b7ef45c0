import { readdir, readFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { TaskQueue } from "@tributary/proto/taskqueue/taskqueue_pb";
import { LogService } from "@tributary/proto/tributary/v1/logs_pb";
import { AttemptOutcome, TaskService, TaskState } from "@tributary/proto/tributary/v1/tasks_pb";
import { expect, test } from "vitest";
import { HandWorker } from "#test/hand-worker.ts";
import { ServerProcess } from "#test/server-process.ts";

/** Beats until the signal aborts, as a worker without anything to do. */
async function beat(worker: HandWorker, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await worker.client.heartbeat({ workerId: worker.id }).catch(() => undefined);
    await sleep(5_000, undefined, { signal }).catch(() => undefined);
  }
}

test("a worker that comes back after its lease changes nothing: its task was done by another", async () => {
  const server = await ServerProcess.start({ environment: { TRIBUTARY_SLOTS: "1" } });
  const transport = createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" });
  const tasks = createClient(TaskService, transport);
  const readLog = async (taskId: number) =>
    (await createClient(LogService, transport).readLogLines({ taskId })).lines.map(({ text }) => text);
  const over = new AbortController();
  let frozen = 0;
  let other: HandWorker | undefined;
  try {
    const { taskId } = await createClient(TaskQueue, transport).submitTask({
      command: "echo first; sleep 3; echo late; exit 7",
    });
    while ((await readLog(taskId)).length === 0) await sleep(20);
    frozen = Number(await readFile(join(server.dataFolder, "worker/worker.pid"), "utf8"));
    process.kill(frozen, "SIGSTOP");
    const nodeOptions = { createConnection: () => connect(join(server.dataFolder, "run/server.sock")) };
    other = await HandWorker.start(createGrpcTransport({ baseUrl: "http://localhost", nodeOptions }), { slots: 1 });
    void beat(other, over.signal);
    const { attempt } = await other.take();
    expect(attempt).toMatchObject({ taskId, number: 2 });
    await other.log(attempt, "second\n");
    process.kill(frozen, "SIGCONT");
    // It has nothing left when it has been told that nothing is its own any more.
    while ((await readdir(join(server.dataFolder, "worker/attempts"))).length > 0) await sleep(50);
    // It works again: the other one has its hands full.
    const { taskId: next } = await createClient(TaskQueue, transport).submitTask({ command: "echo again" });
    while ((await tasks.getTask({ id: next })).task?.state !== TaskState.SUCCEEDED) await sleep(50);
    expect(await other.exit(attempt)).toBe(true);
    const { task, attempts } = await tasks.getTask({ id: taskId });
    expect(task).toMatchObject({ state: TaskState.SUCCEEDED, attempt: 2, workerId: other.id });
    expect(attempts.map(({ outcome }) => outcome)).toEqual([AttemptOutcome.LOST, AttemptOutcome.SUCCEEDED]);
    expect(await readLog(taskId)).toEqual(["first", "second"]);
  } finally {
    if (frozen) process.kill(frozen, "SIGCONT");
    over.abort();
    other?.stop();
    await server.destroy();
  }
}, 90_000);
