import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { TaskQueue } from "@tributary/proto/taskqueue/taskqueue_pb";
import { AttemptEndSchema, type AttemptRef } from "@tributary/proto/tributary/v1/dispatch_pb";
import { AttemptOutcome, AttemptPhase } from "@tributary/proto/tributary/v1/tasks_pb";
import { ProvidedWorkerState, WorkerService } from "@tributary/proto/tributary/v1/workers_pb";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Leases } from "#core/dispatch/leases.ts";
import type { Instance, Launch, Provider } from "#core/ports/provider.ts";
import type { Tx } from "#core/ports/tx.ts";
import { createWorkers } from "#core/providers/create-workers.ts";
import { deleteWorker } from "#core/providers/delete-worker.ts";
import { ProvidedWorkerKeeper } from "#core/providers/keep-provided-workers.ts";
import { usualProviderSettings } from "#core/providers/provided-worker.ts";
import { HandWorker } from "#test/hand-worker.ts";
import { type InProcess, openInProcess, worker } from "#test/in-process.ts";
import { manualClock } from "#test/manual-clock.ts";

/** A provider whose machines are in this process. */
class HandProvider implements Provider {
  readonly name: string;
  readonly description = "Of this test";
  readonly isOfThisServer = false;
  readonly flavors = [
    { name: "small", description: "1 processor", slots: 1 },
    { name: "big", description: "8 processors", slots: 8 },
  ];
  readonly regions = [
    { name: "here", description: "Here" },
    { name: "there", description: "There" },
  ];
  readonly lookEvery = 0;
  readonly launches: Launch[] = [];
  readonly instances: Instance[] = [];
  refusal: string | undefined;
  trouble: string | undefined;

  constructor(name: string) {
    this.name = name;
  }

  async problem(region: string) {
    return region === "there" ? "it is switched off" : this.trouble;
  }

  async start(launch: Launch) {
    this.launches.push(launch);
    if (this.refusal !== undefined) throw new Error(this.refusal);
    const id = String(this.launches.length);
    this.instances.push({ name: launch.name, region: launch.region, id, state: "running", place: `machine ${id}` });
  }

  async list(region: string, prefix: string) {
    return this.instances.filter((one) => one.region === region && one.name.startsWith(prefix));
  }

  async stop({ id }: Instance) {
    this.end(id, "It was stopped");
  }

  async readLog({ name }: { readonly name: string }) {
    return `started ${name}\nand said a last word\n`;
  }

  end(id: string, reason: string, isMeant = false) {
    const at = this.instances.findIndex((one) => one.id === id);
    this.instances[at] = { ...this.instances[at]!, state: "ended", reason, isMeant };
  }
}

let folder: string;
let server: InProcess;
let local: HandProvider;
let keeper: ProvidedWorkerKeeper;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "trib-providers-"));
  local = new HandProvider("local");
  const settings = { ...usualProviderSettings, mostWorkers: 20 };
  server = await openInProcess({ providers: [local, new HandProvider("cloud")], providerSettings: settings });
  keeper = new ProvidedWorkerKeeper(server.ports, "http://127.0.0.1:1", { warn: () => undefined });
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});
afterEach(() => expect(server.faults).toEqual([]));

const workers = () => createClient(WorkerService, server.transport());
const queue = () => createClient(TaskQueue, server.transport());
const stateOf = async (id: string) => (await workers().getWorker({ id })).worker?.provided;

async function refusal(call: Promise<unknown>): Promise<{ code: Code; text: string }> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => ConnectError.from(thrown),
  );
  if (!error) throw new Error("the call was not refused");
  return { code: error.code, text: error.rawMessage };
}

/** A worker of the provider as its program would come: with the token that it was given. */
async function comeOnline(launch: Launch, slots = 1): Promise<HandWorker> {
  const check = await server.ports.tokens.check(launch.token, "api");
  if ("refused" in check) throw new Error(check.refused);
  const { workerId: id, workerName: name } = launch;
  return HandWorker.start(server.transport(check.principal), { id, name, slots });
}

describe("tributary.v1.WorkerService.ListProviders", () => {
  it("tells flavors, regions, and why one cannot be used", async () => {
    const { providers } = await workers().listProviders({});
    expect(providers.map(({ name }) => name)).toEqual(["local", "cloud"]);
    expect(providers[0]).toMatchObject({
      flavors: [
        { name: "small", description: "1 processor", slots: 1 },
        { name: "big", slots: 8 },
      ],
      regions: [
        { name: "here", usable: true, problem: "" },
        { name: "there", usable: false, problem: "it is switched off" },
      ],
    });
  });

  it("is not for workers", async () => {
    const call = createClient(WorkerService, server.transport(worker)).listProviders({});
    expect((await refusal(call)).code).toBe(Code.PermissionDenied);
  });
});

describe("tributary.v1.WorkerService.CreateWorkers", () => {
  it("answers workers with numbers at once, which are started, register with their own token, and are online", async () => {
    const made = await workers().createWorkers({ flavor: "big", count: 2, slots: 3, prefetch: 4 });
    expect(made.workers).toHaveLength(2);
    const [first, second] = made.workers;
    expect(second!.number).toBe(first!.number + 1);
    expect(first).toMatchObject({
      name: `local-${first!.number}`,
      online: false,
      slots: 3,
      prefetch: 4,
      provided: { provider: "local", flavor: "big", region: "here", state: ProvidedWorkerState.STARTING },
    });
    await keeper.step(true);
    const [launch] = local.launches.slice(-2);
    expect(launch).toMatchObject({ flavor: "big", slots: 3, workerId: first!.id, server: "http://127.0.0.1:1" });
    const hand = await comeOnline(launch!, 3);
    await keeper.step(true);
    expect(await stateOf(first!.id)).toMatchObject({ state: ProvidedWorkerState.ONLINE, place: "machine 1" });
    const { worker: now } = await workers().getWorker({ number: first!.number });
    expect(now).toMatchObject({ id: first!.id, online: true, prefetch: 4, number: first!.number });
    hand.stop();
  });

  it("lets nobody else register as such a worker", async () => {
    const { workers: made } = await workers().createWorkers({ count: 1 });
    await keeper.step(true);
    const call = HandWorker.start(server.transport(worker), { id: made[0]!.id, slots: 1 });
    expect((await refusal(call)).code).toBe(Code.PermissionDenied);
  });

  it("refuses what there is not, and says what there is", async () => {
    const ask = (what: object) => refusal(workers().createWorkers({ count: 1, ...what }));
    expect(await ask({ provider: "moon" })).toEqual({
      code: Code.InvalidArgument,
      text: 'provider: "moon" is not known; this server has: local, cloud',
    });
    expect((await ask({ flavor: "tiny" })).text).toBe('flavor: "tiny" is not known; local has: small, big');
    expect((await ask({ region: "mars" })).text).toBe('region: "mars" is not known; local has: here, there');
    expect(await ask({ region: "there" })).toEqual({
      code: Code.Unavailable,
      text: "local cannot be used: it is switched off",
    });
    expect((await ask({ count: 0 })).code).toBe(Code.InvalidArgument);
    expect((await ask({ count: 101 })).code).toBe(Code.InvalidArgument);
    const many = await ask({ count: 100 });
    expect(many.code).toBe(Code.ResourceExhausted);
    expect(many.text).toContain("20 are allowed (TRIBUTARY_PROVIDED_WORKERS)");
  });

  it("tells what a provider said of a start that failed, tries again, and gives up after the third", async () => {
    local.refusal = "no machine is left";
    const { workers: made } = await workers().createWorkers({ count: 1 });
    const { id } = made[0]!;
    await keeper.step(true);
    expect(await stateOf(id)).toMatchObject({
      state: ProvidedWorkerState.STARTING,
      failures: 1,
      reason: "no machine is left",
    });
    await expect
      .poll(
        async () => {
          await keeper.step(true);
          return (await stateOf(id))?.state;
        },
        { timeout: 30_000, interval: 100 },
      )
      .toBe(ProvidedWorkerState.FAILED);
    expect(await stateOf(id)).toMatchObject({ failures: 3, reason: "no machine is left" });
    local.refusal = undefined;
    const names = local.launches.filter(({ workerId }) => workerId === id).map(({ name }) => name);
    expect(new Set(names).size).toBe(3);
    for (const { token } of local.launches.filter(({ workerId }) => workerId === id)) {
      expect(await server.ports.tokens.check(token, "api")).toHaveProperty("refused");
    }
  });
});

describe("a worker that is lost", () => {
  /** One that is online, and its last start. */
  async function onlineWorker() {
    const { workers: made } = await workers().createWorkers({ count: 1 });
    const { id } = made[0]!;
    await keeper.step(true);
    const hand = await comeOnline(local.launches.at(-1)!);
    await keeper.step(true);
    return { id, hand, instance: () => local.instances.at(-1)!.id };
  }
  const until = (id: string, state: ProvidedWorkerState) =>
    expect
      .poll(
        async () => {
          await keeper.step(true);
          return (await stateOf(id))?.state;
        },
        { timeout: 30_000, interval: 50 },
      )
      .toBe(state);

  it("is started again with its number, another token and another name, and what it ran runs again", async () => {
    const { id, hand, instance } = await onlineWorker();
    const { taskId } = await queue().submitTask({ command: "sleep" });
    expect((await hand.take()).attempt.taskId).toBe(taskId);
    const first = local.launches.at(-1)!;
    local.end(instance(), "its machine failed");
    await keeper.step(true);
    expect(await stateOf(id)).toMatchObject({ state: ProvidedWorkerState.STARTING, failures: 1 });
    expect((await stateOf(id))?.reason).toContain("its machine failed");
    const detail = await server.ports.store.view.getTask(taskId);
    expect(detail?.task).toMatchObject({ state: "waiting", systemFailures: 1 });
    expect(await server.ports.tokens.check(first.token, "api")).toHaveProperty("refused");
    await expect
      .poll(
        async () => {
          await keeper.step(true);
          return local.launches.at(-1)?.name;
        },
        { timeout: 30_000, interval: 50 },
      )
      .not.toBe(first.name);
    const again = local.launches.at(-1)!;
    expect(again).toMatchObject({ workerId: id, workerName: first.workerName });
    const second = await comeOnline(again);
    await keeper.step(true);
    const now = await stateOf(id);
    expect(now).toMatchObject({ state: ProvidedWorkerState.ONLINE, failures: 1 });
    expect(now?.reason).toContain("Started again after it was lost: its machine failed");
    await queue().updateTaskStatus({ taskId, newStatus: "X" });
    await workers().deleteWorker({ id, force: true });
    for (const one of [hand, second]) one.stop();
    await until(id, ProvidedWorkerState.STOPPED);
  });

  it("again and again is given up, and says what to do", async () => {
    const { id, hand, instance } = await onlineWorker();
    for (let n = 1; n <= 3; n += 1) {
      local.end(instance(), `loss ${n}`);
      await keeper.step(true);
      if (n === 3) break;
      const launches = local.launches.length;
      await expect
        .poll(
          async () => {
            await keeper.step(true);
            return local.launches.length;
          },
          { timeout: 30_000, interval: 50 },
        )
        .toBe(launches + 1);
      (await comeOnline(local.launches.at(-1)!)).stop();
      await until(id, ProvidedWorkerState.ONLINE);
    }
    hand.stop();
    expect(await stateOf(id)).toMatchObject({ state: ProvidedWorkerState.FAILED, failures: 3 });
    expect((await stateOf(id))?.reason).toContain("loss 3: started");
    expect((await stateOf(id))?.reason).toContain("ask for another");
  });

  it("is not started again where somebody has ended it", async () => {
    const { id, hand, instance } = await onlineWorker();
    local.end(instance(), "it was cancelled", true);
    await keeper.step(true);
    expect(await stateOf(id)).toMatchObject({ state: ProvidedWorkerState.FAILED, reason: "it was cancelled" });
    hand.stop();
  });
});

describe("a worker that is released", () => {
  const released = async (after: (hand: HandWorker, attempt: AttemptRef) => Promise<unknown>) => {
    const { workers: made } = await workers().createWorkers({ count: 1 });
    const { id } = made[0]!;
    await keeper.step(true);
    const hand = await comeOnline(local.launches.at(-1)!);
    await keeper.step(true);
    const { taskId } = await queue().submitTask({ command: "sleep" });
    const { attempt } = await hand.take();
    await workers().deleteWorker({ id, force: true });
    await after(hand, attempt);
    await expect
      .poll(
        async () => {
          await keeper.step(true);
          return (await stateOf(id))?.state;
        },
        { timeout: 30_000, interval: 50 },
      )
      .toBe(ProvidedWorkerState.STOPPED);
    hand.stop();
    const detail = await server.ports.store.view.getTask(taskId);
    expect(detail?.task).toMatchObject({ state: "queued", systemFailures: 0, userFailures: 0, attempt: 1 });
    expect(detail?.attempts).toMatchObject([{ outcome: "lost" }]);
    await queue().updateTaskStatus({ taskId, newStatus: "X" });
  };

  it("hands back what it has, which spends nothing of that", () =>
    released((hand, attempt) => {
      const how = { outcome: AttemptOutcome.LOST, system: true, reason: { code: "worker-stopped" } };
      return hand.report(attempt, AttemptPhase.ENDED, create(AttemptEndSchema, how));
    }));

  it("takes nothing either from what it had not handed back when it was gone", () => released(async () => undefined));
});

describe("tributary.v1.WorkerService.GetWorker", () => {
  it("tells a worker by id and by number, with what its program has printed", async () => {
    const { workers: made } = await workers().createWorkers({ count: 1 });
    await keeper.step(true);
    const { id, number } = made[0]!;
    const byNumber = await workers().getWorker({ number });
    expect(byNumber.worker?.id).toBe(id);
    expect(byNumber.startupLog).toBe(`started ${local.launches.at(-1)!.name}\nand said a last word\n`);
  });

  it("knows no worker that there is not", async () => {
    expect(await refusal(workers().getWorker({ number: 4_000_000_000 }))).toEqual({
      code: Code.NotFound,
      text: "there is no worker 4000000000",
    });
  });
});

describe("tributary.v1.WorkerService.DeleteWorker", () => {
  it("drains, then stops, and takes the token back", async () => {
    const { workers: made } = await workers().createWorkers({ count: 1 });
    const { id } = made[0]!;
    await keeper.step(true);
    const launch = local.launches.at(-1)!;
    const hand = await comeOnline(launch);
    await keeper.step(true);
    const { taskId } = await queue().submitTask({ command: "sleep" });
    const { attempt } = await hand.take();
    expect(attempt?.taskId).toBe(taskId);

    const answer = await workers().deleteWorker({ id });
    expect(answer.worker).toMatchObject({ draining: true, provided: { state: ProvidedWorkerState.DRAINING } });
    await keeper.step(true);
    expect((await stateOf(id))?.state).toBe(ProvidedWorkerState.DRAINING);
    await hand.exit(attempt);
    await keeper.step(true);
    expect((await stateOf(id))?.state).toBe(ProvidedWorkerState.STOPPING);
    await keeper.step(true);
    expect(await stateOf(id)).toMatchObject({ state: ProvidedWorkerState.STOPPED, reason: "Deleted by local" });
    expect(await server.ports.tokens.check(launch.token, "api")).toHaveProperty("refused");
    hand.stop();
  });

  it("refuses a worker that somebody else has started, while it is online, and one that there is not", async () => {
    const hand = await HandWorker.start(server.transport(worker), { id: "by-hand", slots: 1 });
    const refused = await refusal(workers().deleteWorker({ id: "by-hand" }));
    expect(refused.code).toBe(Code.FailedPrecondition);
    expect(refused.text).toContain("was not made by CreateWorker");
    expect((await refusal(workers().deleteWorker({ id: "nobody" }))).code).toBe(Code.NotFound);
    hand.stop();
  });
});

describe("taskqueue.TaskQueue.CreateWorker", () => {
  it("answers numbers, takes flavors and regions by place, and makes none when none is asked for", async () => {
    expect((await queue().createWorker({ number: 0 })).workerIds).toEqual([]);
    const { workerIds } = await queue().createWorker({
      provider: "cloud",
      number: 2,
      concurrency: 5,
      flavorId: 2,
      regionId: 1,
    });
    expect(workerIds).toHaveLength(2);
    const { worker: made } = await workers().getWorker({ number: workerIds[1]! });
    expect(made).toMatchObject({ slots: 5, provided: { provider: "cloud", flavor: "big", region: "here" } });
  });

  it("refuses what there is not", async () => {
    const ask = (what: object) => refusal(queue().createWorker({ number: 1, ...what }));
    expect(await ask({ flavorId: 3 })).toEqual({
      code: Code.InvalidArgument,
      text: 'flavor_id: "3" is not known; local has: 1 (small), 2 (big)',
    });
    expect((await ask({ flavor: "small", flavorId: 2 })).text).toBe(
      "flavor: small is not number 2, big; give one of them",
    );
    expect((await ask({ stepId: 1 })).text).toContain("step_id: there is no step 1");
    expect((await ask({ number: 101 })).text).toBe("number: 101 is too many, at most 100 are allowed");
    expect((await ask({ provider: "moon" })).code).toBe(Code.InvalidArgument);
  });
});

describe("taskqueue.TaskQueue.DeleteWorker", () => {
  it("ends a worker by its number, and knows none that there is not", async () => {
    const { workerIds } = await queue().createWorker({ number: 1 });
    expect((await queue().deleteWorker({ workerId: workerIds[0]! })).success).toBe(true);
    const { worker: now } = await workers().getWorker({ number: workerIds[0]! });
    expect(now?.provided?.state).toBe(ProvidedWorkerState.STOPPED);
    expect(await refusal(queue().deleteWorker({ workerId: 4_000_000_000 }))).toEqual({
      code: Code.NotFound,
      text: "there is no worker 4000000000",
    });
  });
});

describe("several servers that share a store", () => {
  const ask = {
    ...{ provider: "own", flavor: "small", flavorId: 0, region: "here", regionId: 0 },
    ...{ count: 2, slots: 1, prefetch: 0, by: "x" },
  };
  let shared: InProcess;

  beforeEach(async () => {
    shared = await openInProcess();
  });
  afterEach(() => shared.close());

  function serverOf(serverId: string, provider: HandProvider) {
    const ports = { ...shared.ports, providers: [provider], leases: new Leases(30_000, serverId) };
    const log = { warn: () => undefined };
    return { ports, keeper: new ProvidedWorkerKeeper(ports, "http://127.0.0.1:1", log) };
  }

  it("the one that leads starts, watches and ends; two that believe to lead for a moment start none twice", async () => {
    const cloud = new HandProvider("own");
    const [a, b] = [serverOf("a", cloud), serverOf("b", cloud)];
    const made = await createWorkers(a.ports, ask);
    await a.keeper.step(false);
    expect(cloud.launches).toEqual([]);
    await Promise.all([a.keeper.step(true), b.keeper.step(true)]);
    expect(cloud.launches.map(({ workerId }) => workerId).toSorted()).toEqual(
      made.map(({ workerId }) => workerId).toSorted(),
    );
    for (const { workerId } of made) await deleteWorker(a.ports, { workerId, force: true, by: "x" });
    await a.keeper.step(false);
    expect(cloud.instances.map(({ state }) => state)).toEqual(["running", "running"]);
    // One that knows nothing of them but what is kept goes on where the others were.
    const c = serverOf("c", cloud);
    await c.keeper.step(true);
    await c.keeper.step(true);
    expect(cloud.instances.map(({ state }) => state)).toEqual(["ended", "ended"]);
    expect(cloud.launches).toHaveLength(2);
  });

  it("each keeps those of its own machine, whoever leads", async () => {
    const [here, there] = [new HandProvider("own"), new HandProvider("own")];
    for (const one of [here, there]) Object.assign(one, { isOfThisServer: true });
    const [a, b] = [serverOf("a", here), serverOf("b", there)];
    await createWorkers(a.ports, ask);
    await b.keeper.step(true);
    expect([here.launches, there.launches]).toEqual([[], []]);
    await a.keeper.step(false);
    expect([here.launches.length, there.launches.length]).toEqual([2, 0]);
    await b.keeper.step(true);
    expect(here.instances.map(({ state }) => state)).toEqual(["running", "running"]);
  });

  it("those of a server that is gone for good are given up after a day, at once while they are being ended", async () => {
    const cloud = new HandProvider("own");
    Object.assign(cloud, { isOfThisServer: true });
    const clock = manualClock();
    const withClock = (one: ReturnType<typeof serverOf>) => {
      const ports = { ...one.ports, clock };
      return { ports, keeper: new ProvidedWorkerKeeper(ports, "http://127.0.0.1:1", { warn: () => undefined }) };
    };
    const [a, b] = [withClock(serverOf("a", cloud)), withClock(serverOf("b", new HandProvider("own")))];
    const self = (id: string) => ({ id, name: id, url: `http://${id}`, startedAt: 0, beats: 1 });
    const servers = <T>(change: (tx: Tx) => Promise<T>) =>
      shared.ports.store.transact((tx: Tx) => change(tx), undefined);
    await servers((tx) => tx.servers.put([self("a"), self("b")]));
    const [stays, goes] = await createWorkers(a.ports, { ...ask, count: 2 });
    await a.keeper.step(false);
    await b.keeper.step(true);
    const stateOf = async (id: string) => (await servers((tx) => tx.providedWorkers.getMany([id]))).get(id);
    expect((await stateOf(stays!.workerId))?.goneSince).toBeUndefined();
    const passHours = async (hours: number) => {
      clock.advance(hours * 3_600_000);
      await b.keeper.step(true);
    };
    await servers((tx) => tx.servers.delete(["a"]));
    await deleteWorker(b.ports, { workerId: goes!.workerId, force: true, by: "x" });
    await passHours(1);
    expect(await stateOf(goes!.workerId)).toMatchObject({ state: "stopped", reason: "Its server is gone" });
    expect(await stateOf(stays!.workerId)).toMatchObject({
      state: "starting",
      reason: expect.stringContaining("24 h"),
    });
    // It was only away.
    await servers((tx) => tx.servers.put([self("a")]));
    await passHours(30);
    expect((await stateOf(stays!.workerId))?.goneSince).toBeUndefined();
    await servers((tx) => tx.servers.delete(["a"]));
    await passHours(1);
    await passHours(23);
    expect((await stateOf(stays!.workerId))?.state).toBe("starting");
    await passHours(1);
    expect(await stateOf(stays!.workerId)).toMatchObject({
      state: "failed",
      reason: "The server on whose machine it was has been gone for 24 h",
    });
    // And after another day it is in no list any more.
    await passHours(25);
    expect(await stateOf(stays!.workerId)).toBeUndefined();
    const { workers: listed } = await shared.ports.store.view.listWorkers();
    expect(listed.map(({ worker }) => worker.id)).not.toContain(stays!.workerId);
  });
});
