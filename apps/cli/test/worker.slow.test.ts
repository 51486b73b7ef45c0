import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { TaskQueue } from "@tributary/proto/taskqueue/taskqueue_pb";
import { TaskService, TaskState } from "@tributary/proto/tributary/v1/tasks_pb";
import { Role, TokenService } from "@tributary/proto/tributary/v1/tokens_pb";
import { WorkerService } from "@tributary/proto/tributary/v1/workers_pb";
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import { ServerProcess } from "../../server/test/server-process.ts";

const program = fileURLToPath(new URL("../bin/tributary", import.meta.url));

let server: ServerProcess;
let root: string;
let token: string;
const children: { readonly child: ChildProcess; readonly exited: Promise<unknown> }[] = [];

const transport = () =>
  createConnectTransport({
    baseUrl: server.url,
    httpVersion: "1.1",
    interceptors: [
      (next) => (request) => {
        request.header.set("authorization", `Bearer ${server.token}`);
        return next(request);
      },
    ],
  });

beforeAll(async () => {
  server = await ServerProcess.start({ environment: { TRIBUTARY_AUTH: "required", TRIBUTARY_SLOTS: "1" } });
  await vi.waitFor(() => expect(server.token).toBeDefined(), { timeout: 15_000 });
  root = await mkdtemp(join(tmpdir(), "tributary-elsewhere-"));
  const made = await createClient(TokenService, transport()).createToken({
    name: "elsewhere",
    role: Role.WORKER,
    manyWorkers: true,
  });
  token = made.text;
});
afterEach(async () => {
  for (const { child, exited } of children.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
    await exited;
  }
});
afterAll(async () => {
  await server.destroy();
  await rm(root, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
});

/** `tributary worker` with these options; what it says and how it ends. */
function start(options: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const child = spawn(program, ["worker", ...options], {
    env: { PATH: process.env.PATH, HOME: root, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
  }
  const exited = once(child, "close").then(([code]) => code as number | null);
  children.push({ child, exited });
  return { child, exited, said: () => said };
}

const workers = async () => (await createClient(WorkerService, transport()).listWorkers({})).workers;
const tls = () => server.url.replace("http:", "https:");

it("runs tasks of a server that it reaches with a token, over TLS that it checks", { timeout: 150_000 }, async () => {
  const ca = join(server.dataFolder, "tls/cert.pem");
  const own = ["--name", "far", "--slots", "2", "--label", "zone=b", "--cpu", "1500m", "--memory", "64M"];
  const { said } = start(["--server", tls(), "--ca", ca, "--data", join(root, "far"), ...own], {
    TRIBUTARY_TOKEN: token,
  });
  await expect
    .poll(async () => (await workers()).find(({ name }) => name === "far"), { timeout: 45_000 })
    .toMatchObject({
      online: true,
      slots: 2,
      cpuMillis: 1_500n,
      memoryBytes: 64_000_000n,
      labels: { zone: "b" },
    });
  const tasks = createClient(TaskService, transport());
  const submitted = await Promise.all(
    Array.from({ length: 6 }, () => createClient(TaskQueue, transport()).submitTask({ command: "sleep 0.2; echo hi" })),
  );
  const ended = async () => (await tasks.listTasks({ filter: { states: [TaskState.SUCCEEDED] } })).tasks;
  await expect.poll(async () => (await ended()).length, { timeout: 30_000 }).toBe(submitted.length);
  const far = (await workers()).find(({ name }) => name === "far");
  expect((await ended()).map(({ workerId }) => workerId)).toContain(far?.id);
  expect(said()).not.toContain(token);
});

it("says what is wrong with what it was told", { timeout: 150_000 }, async () => {
  const data = ["--data", join(root, "wrong")];
  const unknown = token.replace(/^trib_..../, "trib_AAAA");
  const cases: readonly (readonly [readonly string[], Record<string, string>, number, string])[] = [
    [["--help"], {}, 0, "--server URL"],
    [[], {}, 2, "--server is missing, and so is TRIBUTARY_SERVER"],
    [["--server", "ftp://x"], {}, 2, '"ftp://x" is neither'],
    [["--server", server.url, ...data], {}, 4, "no API token was sent"],
    [["--server", server.url, ...data, "--token", unknown], {}, 4, "the token is not whole"],
    [["--server", server.url, ...data, "--token", server.token ?? ""], {}, 4, "Register is for workers only"],
    [["--server", tls(), ...data], { TRIBUTARY_TOKEN: token }, 4, "a certificate that it made itself"],
  ];
  for (const [options, environment, code, message] of cases) {
    const { exited, said } = start(options, environment);
    expect([options, await exited, said()]).toEqual([options, code, expect.stringContaining(message)]);
  }
});

it("waits for a server that is not there yet, and says so once", { timeout: 150_000 }, async () => {
  const placeholder = createServer().listen(0, "127.0.0.1");
  await once(placeholder, "listening");
  const { port } = placeholder.address() as { port: number };
  placeholder.close();
  const { exited, said, child } = start([
    "--server",
    `127.0.0.1:${port}`,
    "--data",
    join(root, "early"),
    "--token",
    token,
  ]);
  await expect.poll(said, { timeout: 45_000 }).toContain("nothing listens there");
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect(said().match(/nothing listens there/g)).toHaveLength(1);
  child.kill("SIGTERM");
  expect(await exited).toBe(0);
});

it("refuses a folder, and a name, that another worker has", { timeout: 150_000 }, async () => {
  const options = ["--server", server.url, "--data", join(root, "one"), "--token", token];
  const first = start(options);
  await expect.poll(first.said, { timeout: 45_000 }).toContain("registered with the server");
  const second = start(options);
  expect(await second.exited).toBe(3);
  expect(second.said()).toContain("give this one its own --data");
  const namesake = start([...options, "--data", join(root, "two")]);
  await expect.poll(namesake.said, { timeout: 45_000 }).toContain("is online already: stop it");
});
