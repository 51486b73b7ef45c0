import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { TaskQueue } from "@tributary/proto/taskqueue/taskqueue_pb";
import { LogService } from "@tributary/proto/tributary/v1/logs_pb";
import { TaskService, TaskState } from "@tributary/proto/tributary/v1/tasks_pb";
import { expect, test } from "vitest";
import { HandWorker } from "#test/hand-worker.ts";
import { ServerProcess } from "#test/server-process.ts";

test("a worker that is killed is started again, and goes on with its task, though another worker is there", async () => {
  const server = await ServerProcess.start();
  const nodeOptions = { createConnection: () => connect(join(server.dataFolder, "run/server.sock")) };
  const other = await HandWorker.start(createGrpcTransport({ baseUrl: "http://localhost", nodeOptions }), { slots: 1 });
  try {
    const transport = createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" });
    const queue = createClient(TaskQueue, transport);
    // Whichever the other worker takes stays with it.
    const [first, second] = await Promise.all([
      queue.submitTask({ command: "echo begun; sleep 2; echo done" }),
      queue.submitTask({ command: "echo begun; sleep 2; echo done" }),
    ]);
    const { attempt: taken } = await other.take();
    const taskId = taken.taskId === first.taskId ? second.taskId : first.taskId;
    let log = "";
    for await (const { chunks } of createClient(LogService, transport).followLog({ taskId })) {
      for (const { content } of chunks) log += new TextDecoder().decode(content);
      if (log === "begun\n") {
        process.kill(Number(await readFile(join(server.dataFolder, "worker/worker.pid"), "utf8")), "SIGKILL");
        log += "killed\n";
      }
    }
    expect(log).toBe("begun\nkilled\ndone\n");
    const { task } = await createClient(TaskService, transport).getTask({ id: taskId });
    expect(task).toMatchObject({ state: TaskState.SUCCEEDED, attempt: 1 });
    await other.exit(taken);
  } finally {
    other.stop();
    await server.destroy();
  }
}, 60_000);
