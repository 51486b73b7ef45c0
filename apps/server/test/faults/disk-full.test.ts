import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { TaskQueue } from "@tributary/proto/taskqueue/taskqueue_pb";
import { LogService } from "@tributary/proto/tributary/v1/logs_pb";
import { TaskService, TaskState } from "@tributary/proto/tributary/v1/tasks_pb";
import { describe, expect, it } from "vitest";
import { ServerProcess } from "#test/server-process.ts";
import { readStore } from "./rounds/evidence.ts";
import { SmallDisk } from "./small-disk.ts";

/** What one submit writes to the log, at most. */
const mostSubmits = 10_000;

describe.skipIf(!SmallDisk.isPossible())("a disk that is full (needs root on Linux)", () => {
  it("refuses what it cannot keep, says why, loses nothing, kills nothing, and goes on when there is room", async () => {
    const disk = new SmallDisk(32);
    const environment = { TRIBUTARY_SLOTS: "1" };
    const server = await ServerProcess.start({ dataFolder: join(disk.folder, "data"), environment });
    const transport = createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" });
    const queue = createClient(TaskQueue, transport);
    const tasks = createClient(TaskService, transport);
    const stateOf = async (id: number) => (await tasks.getTask({ id })).task?.state;
    try {
      const command = "for n in $(seq 1 400); do echo line $n; sleep 0.02; done";
      const { taskId: running } = await queue.submitTask({ command });
      while ((await stateOf(running)) !== TaskState.ACTIVE) await sleep(20);
      disk.fill();
      const kept: number[] = [];
      let refused: ConnectError | undefined;
      for (let n = 0; n < mostSubmits && !refused; n++) {
        await queue.submitTask({ command: `true ${"x".repeat(2_000)}` }).then(
          ({ taskId }) => kept.push(taskId),
          (error: unknown) => {
            refused = ConnectError.from(error);
          },
        );
      }
      expect(refused?.code).toBe(Code.ResourceExhausted);
      expect(refused?.rawMessage).toMatch(/^The disk that holds .* is full, so nothing was changed/);
      // Reads are served, the process and the task live.
      expect(await stateOf(running)).toBe(TaskState.ACTIVE);
      await sleep(1_000);
      expect(await stateOf(running)).toBe(TaskState.ACTIVE);
      disk.empty();
      const { taskId: next } = await queue.submitTask({ command: "echo on" });
      while ((await stateOf(next)) !== TaskState.SUCCEEDED) await sleep(50);
      const { task, attempts } = await tasks.getTask({ id: running });
      expect(task).toMatchObject({ state: TaskState.SUCCEEDED, attempt: 1 });
      expect(attempts).toHaveLength(1);
      const { lines } = await createClient(LogService, transport).readLogLines({ taskId: running, limit: 1_000 });
      expect(lines.map(({ text }) => text)).toEqual(Array.from({ length: 400 }, (_, n) => `line ${n + 1}`));
      const store = readStore(join(server.dataFolder, "tributary.db"));
      expect(store.integrity).toBe("ok");
      expect(store.tasks.map(({ id }) => id)).toEqual([running, ...kept, next]);
      expect(store.tasks.map(({ state }) => state)).toEqual(store.tasks.map(() => "succeeded"));
    } finally {
      disk.empty();
      await server.destroy();
      disk.remove();
    }
  }, 120_000);
});
