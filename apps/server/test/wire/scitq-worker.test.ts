import { status } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { expireLeases } from "#core/dispatch/expire-leases.ts";
import type { Tx } from "#core/ports/tx.ts";
import { cancelTask } from "#core/tasks/cancel-task.ts";
import { releaseDueTasks } from "#core/tasks/release-due-tasks.ts";
import { createToken } from "#core/tokens/create-token.ts";
import { type ManualClock, manualClock } from "#test/manual-clock.ts";
import { NewestWorker, type NewestWorkerOptions } from "#test/scitq/newest-worker.ts";
import { ScitqClient } from "#test/scitq/scitq-client.ts";
import { type AppServer, startApp } from "./app/app-server.ts";

const patient = { timeout: 20_000 };
const modes = [
  { auth: "required", lean: true },
  { auth: "local", lean: false },
] as const;

describe.each(modes)("with auth $auth, lean path $lean", ({ auth, lean }) => {
  let clock: ManualClock;
  let server: AppServer;
  let token: string;
  let person: ScitqClient;
  /** A worker's connection, moved by hand. */
  let client: ScitqClient;
  const opened: ScitqClient[] = [];
  const workers: NewestWorker[] = [];

  beforeEach(async () => {
    clock = manualClock();
    server = await startApp({ auth, lean, logLevel: "error", changes: { clock } });
    token = await newToken("machines", "worker");
    person = another(await newToken("ana", "runner"));
    client = another();
  });
  afterEach(async () => {
    await Promise.all(workers.splice(0).map((worker) => worker.stop()));
    for (const one of opened.splice(0)) one.close();
    expect(server.log).toEqual([]);
    expect(server.inside.faults).toEqual([]);
    await server.close();
  });

  async function newToken(name: string, role: "worker" | "runner"): Promise<string> {
    const ask = { name, role, projects: [], by: "test", clientDialect: "scitq" };
    return (await createToken(server.inside.ports, ask)).text;
  }

  function another(text = token): ScitqClient {
    const made = new ScitqClient({ port: server.port, token: text });
    opened.push(made);
    return made;
  }

  async function startWorker(options: Partial<NewestWorkerOptions> = {}): Promise<NewestWorker> {
    const worker = await NewestWorker.start({ port: server.port, token, name: "w", ...options });
    workers.push(worker);
    return worker;
  }

  const submit = async (request: object) =>
    (await person.unary("submitTask", { container: "bare", ...request })).taskId;
  const list = async () => (await person.unary("listTasks", {})).tasks;
  const taskOf = async (id: number) => (await list()).find(({ taskId }) => taskId === id)!;
  const letter = async (id: number) => (await taskOf(id)).status;
  const register = async (name = "w", concurrency = 1, via = client) =>
    (await via.unary("registerWorker", { name, concurrency })).workerId;
  const ping = (workerId: number, known: number[] = [], via = client, more: object = {}) =>
    via.unary("pingAndTakeNewTasks", { workerId, knownTaskIds: known, reportsKnownTasks: true, ...more });
  const given = async (...args: Parameters<typeof ping>) => (await ping(...args)).tasks.map(({ taskId }) => taskId);
  const tell = (taskId: number, newStatus: string, more: object = {}, via = client) =>
    via.unary("updateTaskStatus", { taskId, newStatus, ...more });

  async function refused(call: Promise<unknown>): Promise<{ readonly code: unknown; readonly details: string }> {
    const error = await call.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof Error)) throw new Error("the call was not refused");
    const { code, details } = error as Error & { code: unknown; details: string };
    return { code, details: decodeURIComponent(details) };
  }

  /** Time passes, and the loops of a server look. */
  async function pass(milliseconds: number): Promise<void> {
    clock.advance(milliseconds);
    await expireLeases(server.inside.ports);
    await releaseDueTasks(server.inside.ports);
  }

  const attemptsOf = (taskId: number) => {
    const refs = [1, 2, 3, 4].map((number) => ({ taskId, number }));
    return server.inside.ports.store.transact((tx: Tx) => tx.attempts.getMany(refs), undefined);
  };

  async function outputOf(
    taskId: number,
    method: "streamTaskLogsOutput" | "streamTaskLogsErr" = "streamTaskLogsOutput",
  ) {
    await person.unary("serverVersion", {});
    return (await Array.fromAsync(person.stream(method, { taskId }))).map(({ logText }) => logText);
  }

  /** A worker with a task that it has been allowed to begin. */
  async function begun(request: object = { command: "true" }) {
    const id = await submit(request);
    const number = await register();
    expect(await given(number)).toEqual([id]);
    await tell(id, "C");
    return { id, number };
  }

  describe("scitq.TaskQueue.RegisterWorker", () => {
    it("knows a worker by its name and keeps its concurrency", async () => {
      expect(await register("a", 3)).toBe(1);
      expect(await register("b", 1)).toBe(2);
      expect(await register("a", 7, another())).toBe(1);
      expect((await ping(1)).concurrency).toBe(3);
    });

    it("refuses a worker without a name, and a runner's token", async () => {
      expect(await refused(register("", 1))).toMatchObject({
        code: status.INVALID_ARGUMENT,
        details: expect.stringContaining("name: has 0 characters"),
      });
      expect(await refused(register("w", 1, person))).toMatchObject({ code: status.PERMISSION_DENIED });
    });
  });

  describe("scitq.TaskQueue.RegisterSpecifications", () => {
    it("has the worker given what its machine has room for", async () => {
      const small = await submit({ command: "true", minCpu: 1 });
      const large = await submit({ command: "true", minMem: 4 });
      const number = await register("w", 5);
      expect(await given(number)).toEqual([]);
      const machine = (mem: number) =>
        client.unary("registerSpecifications", { workerId: String(number), cpu: 2, mem });
      expect(await machine(2)).toMatchObject({ success: true });
      expect(await given(number)).toEqual([small]);
      await machine(8);
      expect(await given(number, [small])).toEqual([large]);
    });

    it("refuses workers that there are not, and what is no number", async () => {
      const about = (workerId: string) => refused(client.unary("registerSpecifications", { workerId, cpu: 1 }));
      expect(await about("77")).toMatchObject({ code: status.NOT_FOUND });
      expect(await about("w")).toMatchObject({ code: status.INVALID_ARGUMENT });
    });
  });

  describe("scitq.TaskQueue.PingAndTakeNewTasks", () => {
    it("always has updates, and says of each task that is held whether it is the worker's", async () => {
      const number = await register("w", 2);
      const empty = await ping(number);
      expect(empty).toMatchObject({ tasks: [], activeTasks: [], signals: [], concurrency: 2 });
      expect(empty.updates).toBeDefined();
      const id = await submit({ command: "echo hi", shell: "bash", taskName: "greet", runningTimeout: 5 });
      const first = await ping(number);
      expect(first.activeTasks).toEqual([]);
      expect(first.tasks).toMatchObject([
        {
          taskId: id,
          command: "echo hi",
          shell: "bash",
          container: "bare",
          status: "A",
          workerId: number,
          runningTimeout: 5,
        },
      ]);
      expect(await ping(number, [id])).toMatchObject({ tasks: [], activeTasks: [id] });
      await tell(id, "C");
      expect(await ping(number, [id])).toMatchObject({ tasks: [], activeTasks: [id] });
      await tell(id, "R");
      await tell(id, "U");
      expect(await ping(number, [id])).toMatchObject({ tasks: [], activeTasks: [id] });
      await tell(id, "S");
      expect(await ping(number, [])).toMatchObject({ tasks: [], activeTasks: [] });
      expect(await letter(id)).toBe("S");
    });

    it("hands a task out once, and again only when it has not come in", async () => {
      const id = await submit({ command: "true" });
      const number = await register();
      expect(await given(number)).toEqual([id]);
      // Asked before the last answer was looked at.
      expect(await ping(number, [])).toMatchObject({ tasks: [], activeTasks: [id] });
      clock.advance(10_000);
      expect(await given(number, [id])).toEqual([]);
      expect(await given(number, [])).toEqual([]);
      clock.advance(10_000);
      expect(await given(number, [])).toEqual([id]);
      // It runs once, whatever it was shown.
      await tell(id, "C");
      await tell(id, "R");
      await tell(id, "U");
      await tell(id, "S");
      expect(await refused(tell(id, "C"))).toMatchObject({ code: status.FAILED_PRECONDITION });
      expect(await letter(id)).toBe("S");
    });

    it("loses a task that the worker does not list for a minute, and tries it again", async () => {
      const { id, number } = await begun();
      for (const seconds of [0, 20, 39]) {
        await pass(seconds * 1_000);
        await ping(number, []);
      }
      expect(await letter(id)).toBe("C");
      await pass(1_000);
      await ping(number, []);
      expect(await attemptsOf(id)).toMatchObject([
        { outcome: "lost", reason: { message: "Its worker w does not have it any more" } },
      ]);
      await pass(2_000);
      expect(await given(number, [])).toEqual([id]);
    });

    it("has a cancelled task stopped, then killed, and counts what the worker says then as its end", async () => {
      const { id, number } = await begun();
      await cancelTask(server.inside.ports, { id, by: "ana" });
      expect(await ping(number, [id])).toMatchObject({ signals: [{ taskId: id, signal: "T", gracePeriod: 10 }] });
      await pass(10_000);
      expect(await ping(number, [id])).toMatchObject({ signals: [{ taskId: id, signal: "K" }], activeTasks: [id] });
      await tell(id, "V");
      await tell(id, "F");
      expect(await letter(id)).toBe("X");
      expect((await ping(number, [])).signals).toEqual([]);
    });

    it("takes back what was cancelled before it was accepted", async () => {
      const id = await submit({ command: "true" });
      const number = await register();
      expect(await given(number)).toEqual([id]);
      await cancelTask(server.inside.ports, { id, by: "ana" });
      expect(await ping(number, [id])).toMatchObject({ tasks: [], activeTasks: [], signals: [] });
      expect(await letter(id)).toBe("X");
      expect(await refused(tell(id, "C"))).toMatchObject({ code: status.FAILED_PRECONDITION });
    });

    it("gives a worker no more than it says that it takes at once", async () => {
      const ids = [await submit({ command: "1" }), await submit({ command: "2" }), await submit({ command: "3" })];
      const number = await register("w", 3);
      const throttled = (effectiveConcurrency: number) =>
        given(number, [], client, { stats: { effectiveConcurrency } });
      expect(await throttled(1)).toEqual(ids.slice(0, 1));
      expect(await throttled(1)).toEqual([]);
      expect(await throttled(3)).toEqual(ids.slice(1));
    });

    it("refuses a worker that has not registered", async () => {
      expect(await refused(ping(77))).toMatchObject({
        code: status.NOT_FOUND,
        details: "worker_id: there is no worker 77; register it",
      });
    });
  });

  describe("scitq.TaskQueue.UpdateTaskStatus", () => {
    it("takes the worker's letters, each of them twice", async () => {
      const { id } = await begun();
      for (const step of ["C", "O", "R", "U", "S"]) {
        expect(await tell(id, step, { duration: 1 })).toMatchObject({ success: true });
        expect(await tell(id, step, { duration: 1 })).toMatchObject({ success: true });
      }
      expect(await letter(id)).toBe("S");
    });

    it("keeps why a task failed, and tries it again when that costs nothing or is allowed", async () => {
      const { id, number } = await begun({ command: "false", retry: 1 });
      const fail = async (more: object) => {
        await tell(id, "R");
        await tell(id, "V");
        await tell(id, "F", more);
        await pass(60_000);
      };
      await fail({ freeRetry: true, failureClass: "eviction" });
      expect(await taskOf(id)).toMatchObject({ status: "P", retry: 1, retryCount: 1 });
      expect(await given(number)).toEqual([id]);
      await tell(id, "C");
      await fail({ failureClass: "timeout" });
      expect(await taskOf(id)).toMatchObject({ status: "P", retry: 0, retryCount: 2 });
      expect(await given(number)).toEqual([id]);
      await tell(id, "C");
      await fail({ failureClass: "oom" });
      expect(await taskOf(id)).toMatchObject({ status: "F", retry: 0, retryCount: 2, failureClass: "oom" });
      expect((await attemptsOf(id)).map(({ reason }) => reason?.code)).toEqual(["lost", "timed-out", "out-of-memory"]);
    });

    it("stops a worker that tells what is not its own, and what cannot be", async () => {
      const { id } = await begun();
      expect(await refused(tell(99, "S"))).toMatchObject({ code: status.NOT_FOUND });
      expect(await refused(tell(id, "q"))).toMatchObject({ code: status.INVALID_ARGUMENT });
      await tell(id, "R");
      expect(await refused(tell(id, "C"))).toMatchObject({ code: status.FAILED_PRECONDITION });
      const queued = await submit({ command: "true" });
      for (const end of ["C", "R", "S", "F"]) {
        expect(await refused(tell(queued, end))).toMatchObject({ code: status.FAILED_PRECONDITION });
      }
      expect(await letter(queued)).toBe("P");
    });

    it("refuses a worker that comes back with what another has since", async () => {
      const { id, number } = await begun();
      await pass(3_600_000);
      await pass(60_000);
      const second = another();
      const other = await register("other", 1, second);
      expect(await given(other, [], second)).toEqual([id]);
      await tell(id, "C", {}, second);
      await ping(number, [id]);
      expect(await refused(tell(id, "F"))).toMatchObject({ code: status.FAILED_PRECONDITION });
      // It is not its own any more, and is ended there as an orphan.
      expect((await ping(number, [id])).activeTasks).toEqual([]);
      await tell(id, "S", {}, second);
      expect(await letter(id)).toBe("S");
    });
  });

  describe("scitq.TaskQueue.SendTaskLogs", () => {
    it("keeps each line, and answers when the worker has no more", async () => {
      const { id: taskId } = await begun();
      const logs = client.sendLogs();
      logs.send({ taskId, logType: "stdout", logText: "one" });
      logs.send({ taskId, logType: "stderr", logText: "oh" });
      logs.send({ taskId, logType: "stdout", logText: "two" });
      expect(await logs.end()).toMatchObject({ success: true });
      await tell(taskId, "S");
      expect(await outputOf(taskId)).toEqual(["one", "two"]);
      expect(await outputOf(taskId, "streamTaskLogsErr")).toEqual(["oh"]);
    });

    it("keeps what came on a stream that is taken back", async () => {
      const { id: taskId } = await begun();
      const logs = client.sendLogs();
      logs.send({ taskId, logType: "stdout", logText: "kept" });
      const kept = () => server.inside.ports.logs.size(taskId);
      await vi.waitFor(async () => expect((await kept()).lines).toBe(1), patient);
      logs.cancel();
      await tell(taskId, "S");
      expect(await outputOf(taskId)).toEqual(["kept"]);
    });

    it("refuses a stream that there is not", async () => {
      const { id: taskId } = await begun();
      const logs = client.sendLogs();
      logs.send({ taskId, logType: "../../etc/passwd", logText: "x" });
      expect(await refused(logs.end())).toMatchObject({
        code: status.INVALID_ARGUMENT,
        details: expect.stringContaining("log_type:"),
      });
    });
  });

  describe("scitq.TaskQueue.ListWorkers", () => {
    it("tells what each has, and whether it is there", async () => {
      const number = await register("w", 3);
      await client.unary("registerSpecifications", { workerId: String(number), cpu: 8, mem: 32 });
      await ping(number, [], client, { stats: { cpuUsagePercent: 25, memUsagePercent: 50, numCpus: 8 } });
      expect(server.inside.ports.leases.loadOf(`scitq:w`)).toEqual({ cpu: 2_000, memory: 16e9, gpus: [] });
      const { workers: all } = await person.unary("listWorkers", {});
      expect(all).toMatchObject([
        { workerId: number, name: "w", concurrency: 3, status: "R", flavorCpu: 8, flavorMem: 32 },
      ]);
      await pass(3_600_000);
      expect((await person.unary("listWorkers", {})).workers).toMatchObject([{ status: "O" }]);
      await ping(number);
      expect((await person.unary("listWorkers", {})).workers).toMatchObject([{ status: "R" }]);
    });

    if (auth === "required") {
      it("is told to those who are known", async () => {
        const stranger = new ScitqClient({ port: server.port });
        opened.push(stranger);
        expect(await refused(stranger.unary("listWorkers", {}))).toMatchObject({ code: status.UNAUTHENTICATED });
      });
    }
  });

  it("runs bare tasks on a worker, each once and with all of its output", async () => {
    const ids: number[] = [];
    for (let n = 0; n < 24; n += 1)
      ids.push(await submit({ command: `echo line ${n}; echo err ${n} >&2; exit ${n % 6 === 5 ? 3 : 0}` }));
    const inShell = await submit({ command: `echo $0`, shell: "bash" });
    const worker = await startWorker({ concurrency: 4, failureClass: "other" });
    const states = async () => (await list()).map(({ status: state }) => state);
    await vi.waitFor(async () => expect((await states()).every((state) => "SF".includes(state))).toBe(true), patient);
    expect(worker.ran.toSorted((a, b) => a - b)).toEqual([...ids, inShell]);
    expect([worker.refused, worker.orphans, worker.refusals]).toEqual([[], [], []]);
    for (const [n, id] of ids.entries()) {
      expect(await letter(id)).toBe(n % 6 === 5 ? "F" : "S");
      expect(await outputOf(id)).toEqual([`line ${n}`]);
      expect(await outputOf(id, "streamTaskLogsErr")).toEqual([`err ${n}`]);
    }
    expect(await outputOf(inShell)).toEqual(["bash"]);
  });

  it("lists what a worker has, and gives it containers' commands as it takes them", async () => {
    const words = await submit({ command: `echo 'a b'  c`, container: "alpine:3" });
    const inShell = await submit({ command: "echo $0", container: "alpine:3", shell: "ash" });
    const left = await submit({ command: "true" });
    const number = await register("w", 2);
    const { tasks } = await ping(number);
    expect(tasks).toMatchObject([
      { taskId: words, command: "echo 'a b' c", container: "alpine:3" },
      { taskId: inShell, command: "echo $0", container: "alpine:3", shell: "ash" },
    ]);
    expect(tasks[0]?.shell).toBeUndefined();
    const listed = async (workerId: number) => (await person.unary("listTasks", { workerId })).tasks;
    expect((await listed(number)).map(({ taskId, workerId }) => [taskId, workerId])).toEqual([
      [inShell, number],
      [words, number],
    ]);
    expect(await listed(77)).toEqual([]);
    expect((await taskOf(left)).workerId).toBeUndefined();
    expect(await refused(submit({ command: "echo 'a", container: "alpine:3" }))).toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: "command: has a quote or a backslash that is not closed",
    });
    expect(await refused(submit({ command: "x", container: "--privileged" }))).toMatchObject({
      details: expect.stringContaining("container:"),
    });
  });

  it("ends a task on a worker when it is cancelled", async () => {
    const id = await submit({ command: "echo begun; exec sleep 60" });
    const worker = await startWorker();
    await vi.waitFor(async () => expect(await letter(id)).toBe("R"), patient);
    await cancelTask(server.inside.ports, { id, by: "ana" });
    await vi.waitFor(async () => expect(await letter(id)).toBe("X"), patient);
    expect(worker.signals[0]).toBe(`T ${id}`);
    expect(worker.orphans).toEqual([]);
    expect(await outputOf(id)).toEqual(["begun"]);
  });

  it("has a lost worker's task run by another", async () => {
    const id = await submit({ command: "sleep 0.2; echo done" });
    const lost = await startWorker({ name: "lost" });
    await vi.waitFor(() => expect(lost.ran).toEqual([id]), patient);
    await lost.kill();
    workers.splice(0);
    await pass(3_600_000);
    await pass(60_000);
    const other = await startWorker({ name: "other" });
    await vi.waitFor(async () => expect(await letter(id)).toBe("S"), patient);
    expect(other.ran).toEqual([id]);
    expect((await attemptsOf(id)).map(({ outcome }) => outcome)).toEqual(["lost", "succeeded"]);
  });
});
