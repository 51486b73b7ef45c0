import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { TaskQueue } from "@tributary/proto/taskqueue/taskqueue_pb";
import { LogService } from "@tributary/proto/tributary/v1/logs_pb";
import { CheckStatus, SystemService } from "@tributary/proto/tributary/v1/system_pb";
import { TaskService, TaskState } from "@tributary/proto/tributary/v1/tasks_pb";
import { expect, it, onTestFinished } from "vitest";
import { builtServer } from "#test/built-server.ts";
import { ServerProcess } from "#test/server-process.ts";

it("runs a task, and each of its threads, from the files that npm start makes of it", async () => {
  const server = await ServerProcess.start(builtServer);
  onTestFinished(() => server.destroy());
  const transport = createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" });
  const logs = createClient(LogService, transport);
  const { taskId } = await createClient(TaskQueue, transport).submitTask({ command: "echo found it" });

  for await (const _ of logs.followLog({ taskId }));
  const found: number[] = [];
  for await (const { lines } of logs.searchLog({ taskId, text: "FOUND" })) found.push(...lines);
  const { tasks } = await createClient(TaskService, transport).listTasks({});
  const { checks } = await createClient(SystemService, transport).runChecks({});

  expect(found).toEqual([0]);
  expect(tasks.map(({ id, state }) => ({ id, state }))).toEqual([{ id: taskId, state: TaskState.SUCCEEDED }]);
  expect(checks.filter(({ status }) => status === CheckStatus.FAIL)).toEqual([]);
  expect(server.output.filter((line) => line.includes("thread"))).toEqual([]);
});
