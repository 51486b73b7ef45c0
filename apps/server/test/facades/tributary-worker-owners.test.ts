import { Code, createClient } from "@connectrpc/connect";
import { AmeService } from "@tributary/proto/ame/v1/ame_pb";
import { DispatchService } from "@tributary/proto/tributary/v1/dispatch_pb";
import { AttemptPhase, TaskService } from "@tributary/proto/tributary/v1/tasks_pb";
import { Role, TokenService } from "@tributary/proto/tributary/v1/tokens_pb";
import { WorkerService } from "@tributary/proto/tributary/v1/workers_pb";
import { describe, expect, it } from "vitest";
import type { Principal } from "#core/principal.ts";
import { bytes, hello, refusal, rpc, server } from "#test/facades/suite.ts";
import { HandWorker } from "#test/hand-worker.ts";
import { worker as local } from "#test/in-process.ts";

const tokens = () => createClient(TokenService, server.transport());
const dispatch = (by: Principal) => createClient(DispatchService, server.transport(by));

interface Wanted {
  readonly workerName?: string;
  readonly manyWorkers?: boolean;
}

/** Who calls with a new token for workers, and its id. */
async function newToken(name: string, wanted: Wanted = {}): Promise<Principal & { readonly tokenId: string }> {
  const { token, text } = await tokens().createToken({ name, role: Role.WORKER, ...wanted });
  const known = await server.ports.tokens.check(text, "api");
  if (!("principal" in known)) throw new Error(known.refused);
  return { ...known.principal, tokenId: token!.id };
}

const register = (by: Principal, workerId: string, name = workerId) =>
  dispatch(by).register({ workerId, name, slots: 1, cpuMillis: 1_000n, memoryBytes: 2n ** 30n });

const tokenOf = async (id: string) => (await tokens().listTokens({})).tokens.find((token) => token.id === id);

rpc("tributary.v1.DispatchService.Register", () => {
  it("binds a token to the first worker that registers with it", async () => {
    const by = await newToken("one");
    await register(by, "first");
    await register(by, "first", "renamed");
    expect(await tokenOf(by.tokenId)).toMatchObject({ workerId: "first", manyWorkers: false });
    expect(await refusal(register(by, "second"))).toMatchObject({
      code: Code.PermissionDenied,
      message: expect.stringContaining("the token one is for one worker, and another has registered with it"),
    });
  });

  it("keeps a token that is for a name to that name", async () => {
    const by = await newToken("named", { workerName: "n1" });
    expect(await refusal(register(by, "w-a", "n2"))).toMatchObject({
      code: Code.PermissionDenied,
      message: expect.stringContaining("start it with --name n1"),
    });
    await register(by, "w-b", "n1");
  });

  it("takes any number of workers for a token that is for many, each of another name", async () => {
    const by = await newToken("many", { manyWorkers: true });
    await register(by, "pool-1");
    await register(by, "pool-2");
    expect(await tokenOf(by.tokenId)).toMatchObject({ workerId: "", manyWorkers: true });
    expect(await refusal(register(by, "pool-3", "pool-2"))).toMatchObject({
      code: Code.AlreadyExists,
      message: expect.stringContaining("a worker named pool-2 is online already"),
    });
  });

  it("does not let another take a worker over, but for one whose token has ended", async () => {
    const [old, other] = [await newToken("old"), await newToken("other")];
    await register(old, "kept");
    expect(await refusal(register(other, "kept"))).toMatchObject({
      code: Code.PermissionDenied,
      message: expect.stringContaining("worker kept belongs to the token old"),
    });
    expect(await refusal(register(local, "kept"))).toMatchObject({ code: Code.PermissionDenied });
    await tokens().revokeToken({ id: old.tokenId });
    await register(other, "kept");
    await register(local, "own");
    const another = await newToken("another");
    expect(await refusal(register(another, "own"))).toMatchObject({
      message: expect.stringContaining("belongs to the server's own machine"),
    });
  });

  it("refuses a worker that speaks a newer protocol than it knows", async () => {
    const asked = dispatch(local).register({ workerId: "new", name: "new", slots: 1, version: "9.9", protocol: 2 });
    expect(await refusal(asked)).toMatchObject({
      code: Code.FailedPrecondition,
      message: expect.stringContaining("this worker (9.9) speaks 2, and this server knows 1"),
    });
  });
});

rpc("tributary.v1.TokenService.CreateToken", () => {
  it.each([
    [{ name: "a", role: Role.RUNNER, workerName: "n" }, "worker_name: is for tokens of the role worker"],
    [{ name: "b", role: Role.RUNNER, manyWorkers: true }, "many_workers: is for tokens of the role worker"],
  ])("refuses %j", async (ask, message) => {
    expect(await refusal(tokens().createToken(ask))).toMatchObject({
      code: Code.InvalidArgument,
      message: expect.stringContaining(message),
    });
  });
});

describe("what is said in the name of a worker", () => {
  rpc("tributary.v1.DispatchService", () => {
    const methods = DispatchService.methods.filter(({ localName }) => localName !== "register");
    const attempt = { taskId: 1, number: 1 };
    const workerId = "mine";

    /** Says something in the name of {@link workerId}. */
    async function say(by: Principal, method: string): Promise<void> {
      const client = dispatch(by);
      switch (method) {
        case "lease":
          for await (const _ of client.lease({ workerId }, { timeoutMs: 300 })) return;
          return;
        case "heartbeat":
          return void (await client.heartbeat({ workerId }));
        case "report":
          return void (await client.report({
            workerId,
            reports: [{ attempt, sequence: 1, phase: AttemptPhase.RUNNING }],
          }));
        case "appendLog":
          return void (await client.appendLog({ workerId, attempt }));
        case "readSecrets":
          return void (await client.readSecrets({ workerId, attempt }));
        case "fetchInputs":
          for await (const _ of client.fetchInputs({ workerId, attempt })) return;
          return;
        case "storeArtifact":
          return void (await client.storeArtifact(
            (async function* () {
              yield { part: { case: "header" as const, value: { workerId, attempt, path: "x" } } };
            })(),
          ));
        default:
          throw new Error(`say how ${method} is refused to others`);
      }
    }

    it("is refused to another's token, and to the server's own machine, by every RPC", async () => {
      const owner = await newToken("owner");
      const hand = await HandWorker.start(server.transport(owner), { id: workerId });
      const { name } = await createClient(AmeService, server.transport()).createProject({
        cfg: { name: "p", tasks: [hello] },
      });
      await createClient(TaskService, server.transport()).runTask({ projectId: name, taskName: "hello" });
      const { attempt: held } = await hand.take();
      expect(held).toMatchObject(attempt);
      const other = await newToken("another");
      await register(other, "theirs");
      for (const by of [other, local]) {
        for (const { localName } of methods) {
          const answer = await refusal(say(by, localName));
          expect([by.name, localName, answer]).toEqual([
            by.name,
            localName,
            {
              code: Code.PermissionDenied,
              message: `${by.name} may not speak for worker mine, which others have registered`,
            },
          ]);
        }
      }
      expect(await hand.exit(held)).toBe(true);
      hand.stop();
    });

    it("is known after the server's memory of it is gone", async () => {
      const other = await newToken("later");
      server.ports.leases.end(workerId);
      expect(await refusal(say(other, "heartbeat"))).toMatchObject({ code: Code.PermissionDenied });
    });
  });
});

rpc("tributary.v1.DispatchService.ReadSecrets", () => {
  it("gives nothing to a worker of another machine that comes without TLS", async () => {
    const door = { kind: "tcp", address: "10.0.0.7", isPrivate: false } as const;
    const far = createClient(DispatchService, server.transport(local, door));
    const asked = far.readSecrets({ workerId: "far", attempt: { taskId: 1, number: 1 } });
    expect(await refusal(asked)).toMatchObject({
      code: Code.PermissionDenied,
      message: expect.stringContaining("secrets are not sent to 10.0.0.7 without TLS"),
    });
  });
});

rpc("tributary.v1.DispatchService.Heartbeat", () => {
  it("shows how busy a worker's machine is, as long as it is heard of", async () => {
    const hand = await HandWorker.start(server.transport(local), { id: "busy" });
    const gpus = [{ name: "Tesla T4", memoryBytes: 16n, memoryBytesUsed: 4n, percentUsed: 120 }];
    await hand.client.heartbeat({ workerId: hand.id, load: { cpuMillis: 1_500n, memoryBytes: 7n, gpus } });
    const row = async () =>
      (await createClient(WorkerService, server.transport()).listWorkers({})).workers.find(({ id }) => id === hand.id);
    expect((await row())?.load).toMatchObject({
      cpuMillis: 1_500n,
      memoryBytes: 7n,
      gpus: [{ name: "Tesla T4", memoryBytes: 16n, memoryBytesUsed: 4n, percentUsed: 100 }],
    });
    server.ports.leases.end(hand.id);
    expect((await row())?.load).toBeUndefined();
    hand.stop();
  });

  it("gives nothing new to a worker that says that it ends, and takes it for gone when it says so", async () => {
    const ame = createClient(AmeService, server.transport());
    const { name } = await ame.createProject({ cfg: { name: "p", tasks: [hello] } });
    const hand = await HandWorker.start(server.transport(local), { id: "ending" });
    const row = async () =>
      (await createClient(WorkerService, server.transport()).listWorkers({})).workers.find(({ id }) => id === hand.id);
    await hand.client.heartbeat({ workerId: hand.id, draining: true });
    expect(await row()).toMatchObject({ online: true, draining: true });
    const { task } = await createClient(TaskService, server.transport()).runTask({
      projectId: name,
      taskName: "hello",
    });
    const given = hand.order("assign").catch((error: Error) => error.message);
    await hand.client.heartbeat({ workerId: hand.id, draining: true, gone: true });
    expect(await row()).toMatchObject({ online: false });
    expect(await hand.client.heartbeat({ workerId: hand.id })).toMatchObject({ unknown: true });
    hand.stop();
    expect(await given).not.toHaveProperty("attempt");
    // What it said of itself is over with it.
    const again = await HandWorker.start(server.transport(local), { id: "ending" });
    expect(await row()).toMatchObject({ online: true, draining: false });
    const { attempt } = await again.take();
    expect(attempt).toMatchObject({ taskId: task?.id, number: 1 });
    await again.exit(attempt);
    again.stop();
  });
});

rpc("tributary.v1.DispatchService.FetchInputs", () => {
  it("says what the files of an attempt are: the same for the same, another for others, and nothing to others", async () => {
    const ame = createClient(AmeService, server.transport());
    const keys: string[] = [];
    const hand = await HandWorker.start(server.transport(local), { id: "asks" });
    for (const [project, content] of [
      ["p1", "same"],
      ["p2", "same"],
      ["p3", "other"],
    ] as const) {
      const { name } = await ame.createProject({ cfg: { name: project, tasks: [hello] } });
      await ame.uploadProjectFile(
        (async function* () {
          yield { messages: { case: "identifier" as const, value: { taskid: name, filepath: "./a.txt" } } };
          yield { messages: { case: "chunk" as const, value: { contents: bytes(content) } } };
        })(),
      );
      await createClient(TaskService, server.transport()).runTask({ projectId: name, taskName: "hello" });
      const { attempt } = await hand.take();
      const asked = dispatch(local).fetchInputs({ workerId: hand.id, attempt, describe: true });
      for await (const { key, content: none } of asked) keys.push(`${key}${none.length}`);
      await hand.exit(attempt);
    }
    expect(keys).toHaveLength(3);
    expect(keys[0]).toMatch(/^[0-9a-f]{64}0$/);
    expect(keys[1]).toBe(keys[0]);
    expect(keys[2]).not.toBe(keys[0]);
    const gone = dispatch(local).fetchInputs({ workerId: hand.id, attempt: { taskId: 1, number: 1 }, describe: true });
    expect(await refusal(gone[Symbol.asyncIterator]().next())).toMatchObject({ code: Code.FailedPrecondition });
    hand.stop();
  });
});
