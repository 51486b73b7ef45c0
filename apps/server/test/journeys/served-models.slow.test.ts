import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { AmeService } from "@tributary/proto/ame/v1/ame_pb";
import { ModelService, ReplicaState } from "@tributary/proto/tributary/v1/models_pb";
import { TaskService } from "@tributary/proto/tributary/v1/tasks_pb";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { modelProject } from "#test/models/model-project.ts";
import { ServerProcess } from "#test/server-process.ts";

const soon = { timeout: 90_000, interval: 50 };
const id = "shop/doubler";

let server: ServerProcess;
const to = () => createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" });
const models = () => createClient(ModelService, to());
const detail = () => models().getModel({ id });

beforeAll(async () => {
  server = await ServerProcess.start();
  const files = modelProject({ deployment: "{replicas: 2, resources: {memory: 1Gi}}" });
  const ame = createClient(AmeService, to());
  const { name } = await ame.createProject({ cfg: projectOf() });
  for (const [path, text] of Object.entries(files)) {
    await ame.uploadProjectFile(
      (async function* () {
        yield { messages: { case: "identifier" as const, value: { taskid: name, filepath: path } } };
        yield { messages: { case: "chunk" as const, value: { contents: new TextEncoder().encode(text) } } };
      })(),
    );
  }
  await train(1);
}, 120_000);
afterAll(() => server.destroy(), 60_000);

/** As the command line reads the project file. */
function projectOf() {
  const custom = (name: string, command: string) => ({
    name,
    executor: { case: "custom" as const, value: { pythonVersion: "3", command } },
  });
  return {
    name: "shop",
    tasks: [custom("fit", "python3 train.py doubler"), custom("check", "true")],
    models: [
      {
        name: "doubler",
        training: { task: { taskRef: { name: "fit" } } },
        validationTask: { taskRef: { name: "check" } },
        deployment: { replicas: 2, resources: { memory: "1Gi" } },
      },
    ],
  };
}

/** Trains, and waits until that version is the only one that is served. */
async function train(version: number): Promise<void> {
  await models().trainModel({ id });
  await served(version);
}

async function served(version: number): Promise<void> {
  await vi.waitFor(async () => {
    const { model, replicas } = await detail();
    expect(model?.deployment).toMatchObject({ version, readyReplicas: 2, wantedReplicas: 2 });
    const live = replicas.filter(({ state }) => state !== ReplicaState.ENDED);
    expect(live.map((each) => [each.version, each.state])).toEqual([
      [version, ReplicaState.READY],
      [version, ReplicaState.READY],
    ]);
  }, soon);
}

function predict(x: number, params?: object): Promise<Response> {
  return fetch(`${server.url}/projects/shop/models/doubler/invocations`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ dataframe_records: [{ x }], ...(params && { params }) }),
  });
}

it("answers as data that no browser acts on, and tells what it cannot read", async () => {
  const answer = await predict(4);
  expect(await answer.json()).toEqual({ predictions: [{ doubled: 8, version: 1 }] });
  expect(answer.headers.get("content-security-policy")).toContain("sandbox");
  expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
  expect(answer.headers.get("set-cookie")).toBeNull();
  const base = `${server.url}/projects/shop/models/doubler`;
  for (const path of ["ping", "health"]) expect((await fetch(`${base}/${path}`)).status).toBe(200);
  const bad = await fetch(`${base}/invocations`, {
    method: "POST",
    body: "{",
    headers: { "content-type": "application/json" },
  });
  expect(bad.status).toBe(400);
  expect(await bad.json()).toMatchObject({ error_code: "BAD_REQUEST", message: expect.stringContaining("not JSON") });
  expect((await fetch(`${base}/nope`)).status).toBe(404);
  const unknown = await fetch(`${server.url}/projects/shop/models/nope/ping`);
  expect(unknown.status).toBe(404);
  expect(await unknown.text()).toContain("there is no model shop/nope");
  const away = await fetch(`${base}/invocations`, {
    method: "POST",
    headers: { origin: "https://evil.example" },
    body: "{}",
  });
  expect(away.status).toBe(403);
});

it("a large body is streamed, and one that comes in chunks is read", async () => {
  const rows = Array.from({ length: 20_000 }, (_, x) => ({ x }));
  const text = JSON.stringify({ dataframe_records: rows });
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (let at = 0; at < text.length; at += 50_000)
        controller.enqueue(new TextEncoder().encode(text.slice(at, at + 50_000)));
      controller.close();
    },
  });
  const answer = await fetch(`${server.url}/projects/shop/models/doubler/invocations`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
    duplex: "half",
  } as RequestInit);
  const { predictions } = (await answer.json()) as { predictions: readonly object[] };
  expect(predictions).toHaveLength(20_000);
  expect(predictions.at(-1)).toEqual({ doubled: 39_998, version: 1 });
});

it("a newer version takes over, and no request is dropped meanwhile", async () => {
  let over = false;
  const seen = new Set<number>();
  const failures: string[] = [];
  const callers = [1, 2, 3].map(async (x) => {
    while (!over) {
      const answer = await predict(x, { slow: 0.05 }).catch((error: unknown) => String(error));
      if (typeof answer === "string" || answer.status !== 200) {
        failures.push(typeof answer === "string" ? answer : `${answer.status} ${await answer.text()}`);
        continue;
      }
      const { predictions } = (await answer.json()) as { predictions: readonly { version: number }[] };
      seen.add(predictions[0]!.version);
    }
  });
  try {
    await train(2);
  } finally {
    over = true;
    await Promise.all(callers);
  }
  expect(failures).toEqual([]);
  expect([...seen].sort()).toEqual([1, 2]);
}, 120_000);

it("goes on through a restart of the server, with the same processes", async () => {
  const before = (await detail()).replicas.filter(({ state }) => state === ReplicaState.READY);
  await server.kill();
  server = await ServerProcess.start({ dataFolder: server.dataFolder });
  await vi.waitFor(async () => expect((await predict(2)).status).toBe(200), soon);
  await served(2);
  const after = (await detail()).replicas.filter(({ state }) => state === ReplicaState.READY);
  expect(after.map(({ task, starts }) => [task?.id, starts])).toEqual(
    before.map(({ task, starts }) => [task?.id, starts]),
  );
}, 120_000);

it("a process that dies is started again, while the other answers", async () => {
  expect((await predict(1, { crash: true })).status).toBe(502);
  for (let x = 0; x < 10; x++) expect((await predict(x)).status).toBe(200);
  await vi.waitFor(async () => {
    const { replicas } = await detail();
    expect(
      replicas
        .filter(({ state }) => state === ReplicaState.READY)
        .map(({ starts }) => starts)
        .sort(),
    ).toEqual([1, 2]);
  }, soon);
}, 120_000);

it("is served no more when it is stopped, and again when it is deployed, with a version that is chosen", async () => {
  await models().stopDeployment({ id });
  await vi.waitFor(async () => {
    expect((await detail()).replicas.filter(({ state }) => state !== ReplicaState.ENDED)).toEqual([]);
  }, soon);
  const refused = await predict(1);
  expect(refused.status).toBe(503);
  expect(await refused.text()).toContain("model shop/doubler does not answer: it is not deployed");
  await models().deployModel({ id, version: 1 });
  await served(1);
  expect(await (await predict(3)).json()).toEqual({ predictions: [{ doubled: 6, version: 1 }] });
}, 120_000);

it("what serves it is no task to be run again", async () => {
  const ended = (await detail()).replicas.find(({ state }) => state === ReplicaState.ENDED);
  await expect(createClient(TaskService, to()).retryTask({ id: ended!.task!.id })).rejects.toThrow("deploy the model");
});
