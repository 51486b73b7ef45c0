import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { Health, HealthCheckResponse_ServingStatus as Status } from "@tributary/proto/grpc/health/v1/health_pb";
import { TaskQueue } from "@tributary/proto/taskqueue/taskqueue_pb";
import { SystemService } from "@tributary/proto/tributary/v1/system_pb";
import { TaskService, TaskState } from "@tributary/proto/tributary/v1/tasks_pb";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Cluster } from "#test/postgres/cluster.ts";
import { ServerProcess } from "#test/server-process.ts";

let cluster: Cluster;

beforeAll(async () => {
  cluster = await Cluster.start({ durable: true });
});
afterAll(() => cluster.stop());

/** Asks again until the answer is the wanted one. */
async function until(wanted: number, ask: () => Promise<number>): Promise<void> {
  const end = performance.now() + 30_000;
  while ((await ask()) !== wanted) {
    if (performance.now() > end) throw new Error(`it does not come to ${wanted}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

it("a server whose database is lost says so, refuses what it cannot keep, and goes on when it is back", async () => {
  const url = await cluster.createDatabase();
  const server = await ServerProcess.start({ environment: { TRIBUTARY_DATABASE_URL: url } });
  try {
    const transport = createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" });
    const [queue, tasks, health] = [
      createClient(TaskQueue, transport),
      createClient(TaskService, transport),
      createClient(Health, transport),
    ];
    expect(await createClient(SystemService, transport).getSystem({})).toMatchObject({ store: "postgres" });
    const ready = async () => (await fetch(`${server.url}/readyz`)).status;
    const state = async (id: number) => (await tasks.getTask({ id })).task?.state ?? TaskState.UNSPECIFIED;
    expect(await ready()).toBe(200);
    const { taskId } = await queue.submitTask({ command: "echo begun; sleep 4; echo done" });
    await until(TaskState.ACTIVE, () => state(taskId));

    await cluster.pause();
    await until(503, ready);
    expect((await health.check({})).status).toBe(Status.NOT_SERVING);
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    const refused = await queue.submitTask({ command: "true" }).then(
      () => expect.unreachable("it was kept, nobody knows where"),
      (error: unknown) => ConnectError.from(error),
    );
    expect(refused.code).toBe(Code.Unavailable);
    expect(refused.rawMessage).toMatch(/^The database test_\w+ at 127\.0\.0\.1:\d+ cannot be reached/);
    expect(ConnectError.from(await tasks.listTasks({}).catch((error: unknown) => error)).code).toBe(Code.Unavailable);
    // The task ends while nobody can be told.
    await new Promise((resolve) => setTimeout(resolve, 4_000));

    await cluster.resume();
    await until(200, ready);
    expect((await health.check({})).status).toBe(Status.SERVING);
    await until(TaskState.SUCCEEDED, () => state(taskId));
    const second = await queue.submitTask({ command: "true" });
    await until(TaskState.SUCCEEDED, () => state(second.taskId));
    expect((await tasks.getTask({ id: taskId })).attempts).toHaveLength(1);
    expect(server.output.filter((line) => line.includes(decodeURIComponent(new URL(url).password)))).toEqual([]);
  } finally {
    await server.destroy();
  }
}, 120_000);

it("a server that cannot use its database ends with one line, which does not have the password", async () => {
  const url = new URL(await cluster.createDatabase());
  url.password = "hunter2";
  const environment = { TRIBUTARY_DATABASE_URL: url.href };
  const error = await ServerProcess.start({ environment }).then(
    () => expect.unreachable("it started"),
    (thrown: Error) => thrown,
  );
  expect(error.message).toMatch(
    /ended with 1:\nThe database test_\w+ at 127\.0\.0\.1:\d+ refuses this user \(password/,
  );
  expect(error.message).not.toContain("hunter2");
  expect(error.message.trim().split("\n")).toHaveLength(2);
}, 60_000);
