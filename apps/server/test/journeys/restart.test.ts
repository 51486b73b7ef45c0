import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { TaskQueue } from "@tributary/proto/taskqueue/taskqueue_pb";
import { LogService } from "@tributary/proto/tributary/v1/logs_pb";
import { TaskService, TaskState } from "@tributary/proto/tributary/v1/tasks_pb";
import { describe, expect, it } from "vitest";
import { ServerProcess } from "#test/server-process.ts";

const to = (server: ServerProcess) => createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" });

/** Follows a log to its end. */
async function wholeLog(server: ServerProcess, taskId: number): Promise<string> {
  let text = "";
  for await (const { chunks } of createClient(LogService, to(server)).followLog({ taskId })) {
    for (const { content } of chunks) text += new TextDecoder().decode(content);
  }
  return text;
}

/** Waits until the log has this text. */
async function seen(server: ServerProcess, taskId: number, text: string): Promise<void> {
  const stop = new AbortController();
  let all = "";
  for await (const { chunks } of createClient(LogService, to(server)).followLog({ taskId }, { signal: stop.signal })) {
    for (const { content } of chunks) all += new TextDecoder().decode(content);
    if (all.includes(text)) break;
  }
  stop.abort();
}

describe("a server that is killed", () => {
  it("leaves its tasks running; after a new start they end once and their logs have every line", async () => {
    let server = await ServerProcess.start();
    try {
      const command = "for i in $(seq 1 12); do echo line $i; sleep 0.5; done; echo end >&2; exit 5";
      const { taskId } = await createClient(TaskQueue, to(server)).submitTask({ command });
      await seen(server, taskId, "line 2\n");
      await server.kill();
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      server = await ServerProcess.start({ dataFolder: server.dataFolder });
      const log = await wholeLog(server, taskId);
      const lines = log.split("\n").filter((line) => line.startsWith("line "));
      expect(lines).toEqual(Array.from({ length: 12 }, (_, index) => `line ${index + 1}`));
      expect(log).toContain("end\n");
      const { task, attempts } = await createClient(TaskService, to(server)).getTask({ id: taskId });
      expect(task).toMatchObject({ state: TaskState.FAILED, exitCode: 5, attempt: 1 });
      expect(attempts).toHaveLength(1);
    } finally {
      await server.destroy();
    }
  });

  it("finds the end of a task that ended while no server was there", async () => {
    let server = await ServerProcess.start();
    try {
      const { taskId } = await createClient(TaskQueue, to(server)).submitTask({
        command: "echo begun; sleep 1; echo done",
      });
      await seen(server, taskId, "begun\n");
      await server.kill();
      await new Promise((resolve) => setTimeout(resolve, 2_500));
      server = await ServerProcess.start({ dataFolder: server.dataFolder });
      expect(await wholeLog(server, taskId)).toContain("done\n");
      expect((await createClient(TaskService, to(server)).getTask({ id: taskId })).task).toMatchObject({
        state: TaskState.SUCCEEDED,
        attempt: 1,
      });
    } finally {
      await server.destroy();
    }
  });
});

describe("a server that is told to end", () => {
  it("ends in good order within its time, also with open streams, and leaves tasks running", async () => {
    let server = await ServerProcess.start();
    try {
      const { taskId } = await createClient(TaskQueue, to(server)).submitTask({
        command: "echo begun; sleep 3; echo done",
      });
      await seen(server, taskId, "begun\n");
      const open = wholeLog(server, taskId).catch((error: unknown) => error);
      expect(await server.end()).toBe(0);
      expect(await open).toBeInstanceOf(Error);
      server = await ServerProcess.start({ dataFolder: server.dataFolder });
      expect(await wholeLog(server, taskId)).toContain("done\n");
    } finally {
      await server.destroy();
    }
  });
});
