import { connect } from "node:http2";
import { createClient, type Interceptor } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { status } from "@grpc/grpc-js";
import { TaskQueue } from "@tributary/proto/taskqueue/taskqueue_pb";
import { LogStream } from "@tributary/proto/tributary/v1/logs_pb";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Role } from "#core/principal.ts";
import { createToken } from "#core/tokens/create-token.ts";
import { revokeToken } from "#core/tokens/revoke-token.ts";
import { HandWorker } from "#test/hand-worker.ts";
import { worker } from "#test/in-process.ts";
import { ScitqClient, type ScitqClientOptions } from "#test/scitq/scitq-client.ts";
import { type AppServer, startApp } from "./app/app-server.ts";

const modes = [
  { auth: "local", lean: true },
  { auth: "required", lean: true },
  { auth: "required", lean: false },
] as const;

describe.each(modes)("with auth $auth, lean path $lean", ({ auth, lean }) => {
  let server: AppServer;
  let token: string;
  let usual: string;
  const opened: ScitqClient[] = [];

  async function newToken(name: string, clientDialect: string | undefined, role: Role = "editor") {
    const ask = { name, role, projects: [], by: "test", ...(clientDialect ? { clientDialect } : {}) };
    return createToken(server.inside.ports, ask);
  }

  beforeAll(async () => {
    server = await startApp({ auth, lean, logLevel: "error" });
    token = (await newToken("scitq", "scitq")).text;
    usual = (await newToken("usual", undefined)).text;
  });
  afterEach(() => {
    for (const client of opened.splice(0)) client.close();
    expect(server.log).toEqual([]);
    expect(server.inside.faults).toEqual([]);
  });
  afterAll(() => server.close());

  function client(options: Partial<ScitqClientOptions> = { token }): ScitqClient {
    const made = new ScitqClient({ port: server.port, ...options });
    opened.push(made);
    return made;
  }

  const bearer =
    (text: string): Interceptor =>
    (next) =>
    (request) => {
      request.header.set("authorization", `Bearer ${text}`);
      return next(request);
    };

  async function refusal(call: Promise<unknown>): Promise<{ readonly code: unknown; readonly details: string }> {
    const error = await call.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof Error)) throw new Error("the call was not refused");
    const { code, details } = error as Error & { code: unknown; details: string };
    // grpc-js leaves what a URI may have.
    return { code, details: decodeURIComponent(details) };
  }

  /** A task whose output has come, of which the last lines are not ended. */
  async function printed(command: string) {
    const { taskId } = await client().unary("submitTask", { command });
    const hand = await HandWorker.start(server.inside.transport(worker), { id: `hand-${taskId}`, slots: 1 });
    let { attempt } = await hand.take();
    for (; attempt?.taskId !== taskId; { attempt } = await hand.take()) await hand.exit(attempt, 0);
    await hand.log(attempt, "one\ntwo\n");
    await hand.log(attempt, "wrong\nworse\n", LogStream.STDERR);
    await hand.log(attempt, "three");
    return { taskId, hand, attempt };
  }

  describe("scitq.TaskQueue.ServerVersion", () => {
    it("is told to everybody", async () => {
      expect(await client().unary("serverVersion", {})).toMatchObject({ version: "test" });
      expect(await client({}).unary("serverVersion", {})).toMatchObject({ version: "test", commit: "" });
    });
  });

  describe("scitq.TaskQueue.Login", () => {
    it("answers the token that was given as the password", async () => {
      const answer = await client({}).unary("login", { username: "ana", password: ` ${token}\n` });
      expect(answer.token).toBe(token);
    });

    it("refuses what is no token, and a token for other clients", async () => {
      expect(await refusal(client({}).unary("login", { username: "ana", password: "secret" }))).toMatchObject({
        code: status.UNAUTHENTICATED,
        details: expect.stringContaining("password: this is not an API token"),
      });
      expect(await refusal(client({}).unary("login", { username: "ana", password: usual }))).toMatchObject({
        code: status.UNAUTHENTICATED,
        details: expect.stringContaining("the token usual is not for clients of scitq's newest version"),
      });
    });
  });

  describe("scitq.TaskQueue.GetRcloneConfig", () => {
    it("answers that there is nothing, and needs an editor", async () => {
      expect(await client().unary("getRcloneConfig", {})).toMatchObject({ remotes: {} });
      const { text } = await newToken("looks at remotes", "scitq", "viewer");
      expect(await refusal(client({ token: text }).unary("getRcloneConfig", {}))).toMatchObject({
        code: status.PERMISSION_DENIED,
      });
    });
  });

  describe("scitq.TaskQueue.GetDockerCredentials", () => {
    it("answers that there are none, and needs an editor", async () => {
      expect(await client().unary("getDockerCredentials", {})).toMatchObject({ credentials: [] });
      const { text } = await newToken("looks at credentials", "scitq", "viewer");
      expect(await refusal(client({ token: text }).unary("getDockerCredentials", {}))).toMatchObject({
        code: status.PERMISSION_DENIED,
      });
    });
  });

  describe("scitq.TaskQueue.SubmitTask", () => {
    it("keeps what it can say, and tells it back", async () => {
      const request = {
        command: "echo $0 | tr a-z A-Z",
        shell: "/bin/sh",
        container: "bare",
        taskName: "shout",
        retry: 2,
        runningTimeout: 90.5,
        minCpu: 0.5,
        minMem: 1.25,
        isFinal: false,
        output: "",
      };
      const { taskId } = await client().unary("submitTask", request);
      const { tasks } = await client().unary("listTasks", { limit: 1 });
      expect(tasks).toMatchObject([
        {
          taskId,
          command: "echo $0 | tr a-z A-Z",
          shell: "/bin/sh",
          container: "bare",
          taskName: "shout",
          status: "P",
          retry: 2,
          retryCount: 0,
          runningTimeout: 90.5,
        },
      ]);
      const detail = await server.inside.ports.store.view.getTask(taskId);
      expect(detail?.task).toMatchObject({ title: "shout", demand: { cpu: 500, memory: 1.25e9 } });
      expect(detail?.spec).toMatchObject({
        command: { kind: "argv", argv: ["/bin/sh", "-c", "echo $0 | tr a-z A-Z"] },
        timeLimit: 90_500,
        userRetries: 2,
      });
    });

    it.each([
      ["container_options", { containerOptions: "--privileged" }],
      ["step_id", { stepId: 3 }],
      ["input", { input: ["s3://bucket/a"] }],
      ["resource", { resource: ["s3://bucket/b"] }],
      ["output", { output: "s3://bucket/c" }],
      ["dependency", { dependency: [1] }],
      ["status", { status: "Z" }],
      ["skip_if_exists", { skipIfExists: true }],
      ["publish_mode", { publishMode: "copy" }],
      ["gpu_all", { gpuAll: true }],
      ["mem_curve", { memCurve: [1, 2] }],
      ["retry", { retry: -1 }],
      ["running_timeout", { runningTimeout: Number.NaN }],
      ["min_mem", { minMem: -4 }],
    ])("names %s, which it cannot keep", async (field, what) => {
      expect(await refusal(client().unary("submitTask", { command: "true", ...what }))).toMatchObject({
        code: status.INVALID_ARGUMENT,
        details: expect.stringMatching(new RegExp(`^${field}: .{15,}`)),
      });
    });

    it("is read as the first version's without a token for the newest", async () => {
      const transport = createGrpcTransport({ baseUrl: server.url, interceptors: [bearer(usual)] });
      // Field 2 is the container here, and the shell there.
      const { taskId } = await createClient(TaskQueue, transport).submitTask({ command: "true", container: "bare" });
      const told = await client().unary("listTasks", { limit: 1 });
      expect(told.tasks).toMatchObject([{ taskId, command: "true" }]);
      expect(told.tasks[0]?.shell).toBeUndefined();
    });

    it.each([
      ["gRPC-web", createGrpcWebTransport],
      ["Connect", createConnectTransport],
    ])("is read as the first version's over %s, whatever the token", async (_, transport) => {
      const to = transport({ baseUrl: server.url, httpVersion: "2", interceptors: [bearer(token)] });
      const { taskId } = await createClient(TaskQueue, to).submitTask({ command: "true", container: "bare" });
      expect((await client().unary("listTasks", { limit: 1 })).tasks).toMatchObject([{ taskId, container: "bare" }]);
    });
  });

  describe("scitq.TaskQueue.ListTasks", () => {
    it("lists the newest first, and filters, skips, limits and cuts", async () => {
      const ids: number[] = [];
      for (const command of ["echo first of three", "ECHO second OF three", `echo ${"x".repeat(300)} of three`]) {
        ids.unshift((await client().unary("submitTask", { command })).taskId);
      }
      const list = async (ask: object) => (await client().unary("listTasks", ask)).tasks.map(({ taskId }) => taskId);
      expect(await list({ command: "of THREE", limit: 10 })).toEqual(ids);
      expect(await list({ command: "of three" })).toEqual(ids);
      expect(await list({ command: "of three", limit: 1, offset: 1 })).toEqual([ids[1]]);
      expect(await list({ command: "of three", status: "P" })).toEqual(ids);
      expect(await list({ command: "of three", status: "S" })).toEqual([]);
      expect(await list({ status: "PS" })).toEqual([]);
      expect(await list({ workflowId: 1 })).toEqual([]);
      const { tasks } = await client().unary("listTasks", { limit: 1, compactCommand: true, compactCommandMax: 10 });
      expect(tasks[0]?.command).toBe("echo xxxx…");
    });

    it("refuses numbers that are none", async () => {
      expect(await refusal(client().unary("listTasks", { limit: -1 }))).toMatchObject({
        code: status.INVALID_ARGUMENT,
        details: "limit: must be 0 or more, is -1",
      });
    });
  });

  describe("scitq.TaskQueue.GetLogsChunk", () => {
    it("answers the last lines of each stream, or of one, but for the very last", async () => {
      const { taskId, hand, attempt } = await printed("echo chunk");
      const chunk = (ask: object) => client().unary("getLogsChunk", { taskIds: [taskId], chunkSize: 2, ...ask });
      expect((await chunk({})).logs).toMatchObject([{ taskId, stdout: ["two", "three"], stderr: ["wrong", "worse"] }]);
      expect((await chunk({ skipFromEnd: 1, logType: "stdout" })).logs).toMatchObject([
        { stdout: ["one", "two"], stderr: [] },
      ]);
      expect((await chunk({ chunkSize: 0 })).logs).toMatchObject([{ stdout: [], stderr: [] }]);
      await hand.exit(attempt, 0);
      hand.stop();
    });

    it("refuses unknown tasks, streams that there are not, and too much", async () => {
      const chunk = (ask: object) => refusal(client().unary("getLogsChunk", { taskIds: [1], chunkSize: 2, ...ask }));
      expect(await chunk({ taskIds: [999_999] })).toMatchObject({ code: status.NOT_FOUND });
      expect((await chunk({ logType: "../etc" })).details).toContain('log_type: "../etc" is not known');
      expect((await chunk({ chunkSize: 10_001 })).details).toContain("chunkSize: must be 0 to 10000");
    });
  });

  describe("scitq.TaskQueue.StreamTaskLogsOutput", () => {
    it("tells stdout from the start until the task has ended", async () => {
      const { taskId, hand, attempt } = await printed("echo output");
      const caller = client();
      await caller.unary("serverVersion", {});
      const lines = Array.fromAsync(caller.stream("streamTaskLogsOutput", { taskId }));
      await hand.log(attempt, " and four\n");
      await hand.exit(attempt, 0);
      expect((await lines).map(({ logType, logText }) => [logType, logText])).toEqual([
        ["stdout", "one"],
        ["stdout", "two"],
        ["stdout", "three and four"],
      ]);
      hand.stop();
    });

    it("refuses an unknown task", async () => {
      const caller = client();
      await caller.unary("listWorkers", {}).catch(() => {});
      const told = refusal(Array.fromAsync(caller.stream("streamTaskLogsOutput", { taskId: 999_999 })));
      expect(await told).toMatchObject({ code: status.NOT_FOUND, details: "there is no task 999999" });
    });
  });

  describe("scitq.TaskQueue.StreamTaskLogsErr", () => {
    it("tells stderr from the start until the task has ended", async () => {
      const { taskId, hand, attempt } = await printed("echo err");
      await hand.exit(attempt, 0);
      const caller = client();
      await caller.unary("serverVersion", {});
      const lines = await Array.fromAsync(caller.stream("streamTaskLogsErr", { taskId }));
      expect(lines.map(({ logType, logText }) => [logType, logText])).toEqual([
        ["stderr", "wrong"],
        ["stderr", "worse"],
      ]);
      hand.stop();
    });

    it("refuses an unknown task", async () => {
      const caller = client();
      await caller.unary("serverVersion", {});
      const told = refusal(Array.fromAsync(caller.stream("streamTaskLogsErr", { taskId: 999_999 })));
      expect(await told).toMatchObject({ code: status.NOT_FOUND });
    });
  });

  // With local authentication nobody needs one.
  if (auth === "required") describe("streams without a token", streamsWithoutToken);

  function streamsWithoutToken(): void {
    const follow = (caller: ScitqClient) => Array.fromAsync(caller.stream("streamTaskLogsErr", { taskId: 999_999 }));

    it("are nobody's on a connection that has shown none", async () => {
      expect(await refusal(follow(client({})))).toMatchObject({ code: status.UNAUTHENTICATED });
      expect(await refusal(client({}).sendLogs().end())).toMatchObject({ code: status.UNAUTHENTICATED });
    });

    it("are nobody's when the connection has shown a token of other clients, or that is no more", async () => {
      const other = client({ token: usual });
      await other.unary("serverVersion", {});
      expect(await refusal(follow(other))).toMatchObject({ code: status.UNAUTHENTICATED });
      const brief = await newToken("brief", "scitq");
      const revoked = client({ token: brief.text });
      await revoked.unary("serverVersion", {});
      expect(await refusal(follow(revoked))).toMatchObject({ code: status.NOT_FOUND });
      await revokeToken(server.inside.ports, { id: brief.token.id, by: "test" });
      expect(await refusal(follow(revoked))).toMatchObject({
        code: status.UNAUTHENTICATED,
        details: expect.stringContaining("brief was revoked"),
      });
    });

    it("are nobody's behind a proxy, whose connections carry several callers", async () => {
      const proxied = client({ token, headers: { "x-forwarded-for": "10.0.0.7" } });
      await proxied.unary("serverVersion", {});
      expect(await refusal(follow(proxied))).toMatchObject({ code: status.UNAUTHENTICATED });
    });

    it("are nobody's on a connection that has shown two tokens, and elsewhere than where they must be", async () => {
      const second = (await newToken("second", "scitq")).text;
      const session = connect(server.url);
      const call = async (path: string, headers: Record<string, string>) => {
        const stream = session.request({
          ":method": "POST",
          ":path": path,
          "content-type": "application/grpc",
          te: "trailers",
          ...headers,
        });
        stream.end(Buffer.from([0, 0, 0, 0, 0]));
        const told: Record<string, unknown> = {};
        stream.on("response", (head) => Object.assign(told, head));
        stream.on("trailers", (trailers) => Object.assign(told, trailers));
        stream.resume();
        await new Promise((resolve) => stream.once("close", resolve));
        return Number(told["grpc-status"]);
      };
      const version = "/taskqueue.TaskQueue/ServerVersion";
      const follow = "/taskqueue.TaskQueue/StreamTaskLogsErr";
      expect(await call(version, { authorization: `Bearer ${token}` })).toBe(status.OK);
      expect(await call(follow, {})).toBe(status.NOT_FOUND);
      expect(await call("/taskqueue.TaskQueue/ListTasks", {})).toBe(status.UNAUTHENTICATED);
      expect(await call("/taskqueue.TaskQueue/StreamTaskLogs", {})).toBe(status.UNAUTHENTICATED);
      expect(await call(version, { authorization: `Bearer ${second}` })).toBe(status.OK);
      expect(await call(follow, {})).toBe(status.UNAUTHENTICATED);
      // It stays so, whoever calls next.
      expect(await call(version, { authorization: `Bearer ${token}` })).toBe(status.OK);
      expect(await call(follow, {})).toBe(status.UNAUTHENTICATED);
      session.destroy();
    });
  }
});
