import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fileLogStore } from "#adapters/log-store/files/index.ts";
import { cryptoRandom } from "#adapters/random/crypto/index.ts";
import type { ReportedStep } from "#core/dispatch/attempt-steps.ts";
import { adoptWorkers, expireLeases } from "#core/dispatch/expire-leases.ts";
import { leaseAttempts } from "#core/dispatch/lease-attempts.ts";
import { Leases } from "#core/dispatch/leases.ts";
import { pingWorker } from "#core/dispatch/ping-worker.ts";
import { registerScitqWorker } from "#core/dispatch/register-scitq-worker.ts";
import { registerWorker } from "#core/dispatch/register-worker.ts";
import { reportAttempts } from "#core/dispatch/report-attempts.ts";
import { acceptTask, returnTask, takeStep, tellOfTask } from "#core/dispatch/take-step.ts";
import { WaitingWorkers } from "#core/dispatch/waiting-workers.ts";
import { RefusedError } from "#core/errors.ts";
import type { LogStore } from "#core/ports/log-store.ts";
import type { Store } from "#core/ports/store.ts";
import type { Tx } from "#core/ports/tx.ts";
import { cancelTask } from "#core/tasks/cancel-task.ts";
import { releaseDueTasks } from "#core/tasks/release-due-tasks.ts";
import { retryTask } from "#core/tasks/retry-task.ts";
import { submitTask } from "#core/tasks/submit-task.ts";
import type { Attempt, AttemptOutcome, AttemptPhase, AttemptRef, Task } from "#core/tasks/task.ts";
import { isTerminal } from "#core/tasks/transitions.ts";
import { newStorePlace, type StorePlace, storeKind } from "#test/store-place.ts";

/** What may happen, in any order. Numbers choose among what is there. */
const event = fc.oneof(
  {
    weight: 7,
    arbitrary: fc.record({ is: fc.constant("submit" as const), cpu: fc.constantFrom("", "", "", "1", "2", "9") }),
  },
  { weight: 3, arbitrary: fc.record({ is: fc.constant("lease" as const), worker: fc.nat(1), ahead: fc.nat(2) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      is: fc.constant("report" as const),
      worker: fc.nat(1),
      which: fc.nat(20),
      phase: fc.constantFrom<AttemptPhase>("accepted", "running", "collecting", "ended", "ended"),
      outcome: fc.constantFrom<AttemptOutcome>("succeeded", "failed", "timed-out", "cancelled", "lost"),
      repeat: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ is: fc.constant("cancel" as const), which: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ is: fc.constant("retry" as const), which: fc.nat(20) }) },
  { weight: 2, arbitrary: fc.record({ is: fc.constant("wait" as const), seconds: fc.constantFrom(1, 5, 29, 31, 61) }) },
  {
    weight: 1,
    arbitrary: fc.record({ is: fc.constant("come back" as const), worker: fc.nat(1), keeps: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ is: fc.constant("restart" as const) }) },
  {
    weight: 7,
    arbitrary: fc.record({
      is: fc.constant("ping" as const),
      worker: fc.nat(1),
      /** Over a connection on which it has begun nothing yet, rarely. */
      anew: fc.nat(5).map((n) => n === 0),
    }),
  },
  {
    weight: 12,
    arbitrary: fc.record({
      is: fc.constant("tell" as const),
      worker: fc.nat(1),
      which: fc.nat(20),
      step: fc.constantFrom<"accepted" | ReportedStep | "returned">(
        "accepted",
        "accepted",
        "accepted",
        "accepted",
        "running",
        "uploading",
        "succeeded",
        "failed",
        "returned",
      ),
      /** Whether the connection is one on which the worker has called before. */
      known: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ is: fc.constant("begin anew" as const), worker: fc.nat(1) }) },
);

const mostEvents = 60;
/** Each event makes one task at most. */
const mostTasks = mostEvents;

type Event = typeof event extends fc.Arbitrary<infer E> ? E : never;

/** A whole server but for its wire, on a clock that only events move. */
class World {
  #store: Store;
  #leases = new Leases(30_000, undefined, 60_000);
  #now = 1_000_000;
  readonly #place: StorePlace;
  readonly #logs: LogStore;
  /** What each worker believes to have. */
  readonly held = [new Map<string, AttemptRef>(), new Map<string, AttemptRef>()];
  readonly everGiven = new Set<string>();
  /** What each worker of scitq's was told or has begun, and may speak of for ever. */
  readonly spoken = [new Set<number>(), new Set<number>()];
  readonly #accepted = new Set<string>();
  /** Tasks that each worker of scitq's has begun since it connected. */
  readonly #heard = [new Set<number>(), new Set<number>()];
  #sequence = 0;

  private constructor(store: Store, place: StorePlace, logs: LogStore) {
    this.#store = store;
    this.#place = place;
    this.#logs = logs;
  }

  static async open(logs: LogStore): Promise<World> {
    const place = await newStorePlace();
    const world = new World(await place.open(), place, logs);
    for (const worker of [0, 1]) await world.#comeBack(worker, true);
    for (const worker of [0, 1]) await registerScitqWorker(world.ports, { name: `s${worker}`, slots: 2 });
    return world;
  }

  get ports() {
    const clock = { now: () => this.#now, monotonic: () => this.#now };
    const waiting = new WaitingWorkers(false);
    return { store: this.#store, clock, leases: this.#leases, waiting, logs: this.#logs, random: cryptoRandom() };
  }

  async play(happens: Event): Promise<void> {
    switch (happens.is) {
      case "submit":
        await submitTask(this.ports, ask(happens.cpu));
        return;
      case "lease":
        return this.#lease(happens);
      case "report":
        return this.#report(happens);
      case "cancel":
      case "retry": {
        const id = await this.#pick(happens.which);
        if (id === undefined) return;
        const act =
          happens.is === "cancel" ? cancelTask(this.ports, { id, by: "x" }) : retryTask(this.ports, { id, by: "x" });
        await act.catch(onlyRefusals);
        return;
      }
      case "wait":
        this.#now += happens.seconds * 1_000;
        await expireLeases(this.ports);
        await releaseDueTasks(this.ports);
        return this.#checkOffline();
      case "come back":
        return this.#comeBack(happens.worker, happens.keeps);
      case "ping":
        return this.#ping(happens);
      case "tell":
        return this.#tell(happens);
      case "begin anew":
        await registerScitqWorker(this.ports, { name: `s${happens.worker}`, slots: 2 });
        expect(await this.#currentOf([`scitq:s${happens.worker}`])).toEqual([]);
        return;
      case "restart":
        await this.#store.close();
        this.#store = await this.#place.open();
        this.#leases = new Leases(30_000, undefined, 60_000);
        await adoptWorkers(this.ports);
    }
  }

  async #lease({ worker, ahead }: Extract<Event, { is: "lease" }>): Promise<void> {
    const given = await Promise.resolve()
      .then(() => leaseAttempts(this.ports, `w${worker}`, ahead))
      .catch(onlyRefusals);
    for (const { attempt } of given?.assignments ?? []) {
      // No attempt is ever given out twice.
      expect(this.everGiven).not.toContain(key(attempt));
      this.everGiven.add(key(attempt));
      this.held[worker]?.set(key(attempt), { taskId: attempt.taskId, number: attempt.number });
    }
  }

  async #report(happens: Extract<Event, { is: "report" }>): Promise<void> {
    const held = this.held[happens.worker]!;
    const ref = [...held.values()][happens.which % Math.max(1, held.size)];
    if (!ref) return;
    const { phase } = happens;
    const report = {
      ref,
      phase,
      sequence: ++this.#sequence,
      at: this.#now,
      ...(phase === "ended" ? { end: { outcome: happens.outcome } } : {}),
    };
    for (let n = 0; n < (happens.repeat ? 2 : 1); n++) {
      const before = await this.#taskOf(ref.taskId);
      const [told] = await reportAttempts(this.ports, { workerId: `w${happens.worker}`, reports: [report] });
      if (told?.accepted === false) expect(await this.#taskOf(ref.taskId)).toEqual(before);
      // No end that was acknowledged is forgotten.
      if (told?.accepted && phase === "ended") expect((await this.#attemptOf(ref))?.endedAt).toBeDefined();
      if (phase === "ended" || told?.accepted === false) held.delete(key(ref));
    }
  }

  /** Numbers are given in the order in which workers came first. */
  async #ping({ worker, anew }: Extract<Event, { is: "ping" }>): Promise<void> {
    const heard = this.#heard[worker]!;
    if (anew) heard.clear();
    const before = (await this.#currentOf([`scitq:s${worker}`])).filter(({ phase }) => phase !== "assigned");
    const tasks = new Map((await this.tasks()).map((task) => [task.id, task]));
    const { assignments, begun, writtenOff } = await pingWorker(this.ports, 3 + worker, { heard });
    // What it has begun stays its own while it lives; but one that is cancelled and whose end nobody may have heard.
    const unheard = before.filter(({ taskId }) => tasks.get(taskId)?.state === "cancelling" && !heard.has(taskId));
    expect(writtenOff.toSorted()).toEqual(unheard.map(({ taskId }) => taskId).toSorted());
    const kept = before.filter((attempt) => !unheard.includes(attempt));
    expect(begun.map(({ attempt }) => key(attempt)).toSorted()).toEqual(kept.map(key).toSorted());
    for (const { task, attempt } of assignments) {
      expect([task.state, attempt.phase]).toEqual(["active", "assigned"]);
      expect(this.#accepted).not.toContain(key(attempt));
      this.spoken[worker]?.add(task.id);
    }
    expect(assignments.length + begun.length).toBeLessThanOrEqual(2);
  }

  async #tell({ worker, which, step, known }: Extract<Event, { is: "tell" }>): Promise<void> {
    const spoken = [...this.spoken[worker]!];
    const taskId = spoken[which % Math.max(1, spoken.length)];
    if (taskId === undefined) return;
    const said = { taskId, callers: known ? [`scitq:s${worker}`] : [] };
    const before = (await this.#taskOf(taskId))!;
    const heard = this.#heard[worker]!;
    if (step === "accepted") {
      if (!(await tellOfTask(this.ports, acceptTask, said))) return;
      const begun = `${taskId}.${before.attempt}`;
      // No attempt is ever begun twice.
      expect(this.#accepted).not.toContain(begun);
      this.#accepted.add(begun);
      heard.add(taskId);
    } else if (step === "returned") {
      const taken = await tellOfTask(this.ports, returnTask, said).catch(onlyRefusals);
      // What was begun is not given to another because somebody says so.
      if (taken && before.state !== "queued") expect(this.#accepted).not.toContain(`${taskId}.${before.attempt}`);
    } else {
      const taken = await tellOfTask(this.ports, takeStep, { ...said, step }).catch(onlyRefusals);
      const after = await this.#taskOf(taskId);
      if (!taken || isTerminal(before.state)) {
        expect(after).toEqual(before);
        return;
      }
      // Whoever is known is believed only of what it has.
      if (known) expect(before.workerId).toBe(`scitq:s${worker}`);
      const attempt = await this.#attemptOf({ taskId, number: before.attempt });
      if (step === "succeeded" || step === "failed") expect(attempt).toMatchObject({ phase: "ended", outcome: step });
      else heard.add(taskId);
    }
  }

  /** Whoever is given up holds nothing any more. */
  async #checkOffline(): Promise<void> {
    const { workers } = await this.#store.view.listWorkers();
    const offline = workers.flatMap(({ worker }) => (worker.online ? [] : [worker.id]));
    expect(await this.#currentOf(offline)).toEqual([]);
  }

  #currentOf(workerIds: readonly string[]): Promise<readonly Attempt[]> {
    return this.#store.transact(
      async (tx: Tx) => (await Promise.all(workerIds.map((id) => tx.attempts.current(id)))).flat(),
      undefined,
    );
  }

  async #attemptOf(ref: AttemptRef): Promise<Attempt | undefined> {
    return (await this.#store.transact((tx: Tx) => tx.attempts.getMany([ref]), undefined))[0];
  }

  async #taskOf(id: number): Promise<Task | undefined> {
    return (await this.#store.transact((tx: Tx) => tx.tasks.getMany([id]), undefined)).get(id);
  }

  async #comeBack(worker: number, keeps: boolean): Promise<void> {
    const held = this.held[worker]!;
    if (!keeps) held.clear();
    const { revoked } = await registerWorker(this.ports, {
      id: `w${worker}`,
      name: `w${worker}`,
      slots: 2,
      capacity: { cpu: 2_000 },
      labels: {},
      version: "1",
      held: [...held.values()],
    });
    for (const ref of revoked) held.delete(key(ref));
  }

  async #pick(which: number): Promise<number | undefined> {
    const tasks = await this.tasks();
    return tasks[which % Math.max(1, tasks.length)]?.id;
  }

  /** All of them: ids are given out one after another. */
  async tasks(): Promise<readonly Task[]> {
    const ids = Array.from({ length: mostTasks }, (_, index) => index + 1);
    return [...(await this.#store.transact((tx: Tx) => tx.tasks.getMany(ids), undefined)).values()];
  }

  /** No task is left alone: each is queued, waits for a time, is held by one live attempt, or has ended. */
  async check(): Promise<readonly Task[]> {
    const tasks = await this.tasks();
    const current = await this.#currentOf(["w0", "w1", "scitq:s0", "scitq:s1"]);
    const claimable = await this.#store.transact(
      (tx: Tx) => tx.tasks.claim({ free: { cpu: 1e9 }, limit: 1_000 }),
      undefined,
    );
    expect(claimable.map(({ id }) => id).sort()).toEqual(
      tasks
        .filter(({ state }) => state === "queued")
        .map(({ id }) => id)
        .sort(),
    );
    for (const task of tasks) {
      const own = current.filter(({ taskId }) => taskId === task.id);
      if (task.state === "active" || task.state === "cancelling") {
        expect(own.map(({ number }) => number)).toEqual([task.attempt]);
      } else {
        expect(own).toEqual([]);
      }
      if (task.state === "waiting") expect(task.notBefore).toBeDefined();
      if (isTerminal(task.state)) expect(task.endedAt).toBeDefined();
    }
    await this.#checkTries(tasks);
    for (const worker of [0, 1]) {
      expect(current.filter(({ workerId }) => workerId === `scitq:s${worker}`).length).toBeLessThanOrEqual(2);
      const load = current.filter(({ workerId }) => workerId === `w${worker}`);
      // What a worker has begun it knows of; what was only assigned is told to it again.
      const forgotten = load.filter((attempt) => attempt.phase !== "assigned" && !this.held[worker]?.has(key(attempt)));
      expect(forgotten).toEqual([]);
      expect(load.filter(({ ahead }) => !ahead).length).toBeLessThanOrEqual(2);
      expect(load.reduce((sum, { demand }) => sum + (demand.cpu ?? 0), 0)).toBeLessThanOrEqual(2_000);
    }
    return tasks;
  }

  /** What was lost, or failed, counts, and is tried again as often as it may be. */
  async #checkTries(tasks: readonly Task[]): Promise<void> {
    const refs = tasks.flatMap(({ id, attempt }) =>
      Array.from({ length: attempt }, (_, n) => ({ taskId: id, number: n + 1 })),
    );
    const tries = await this.#store.transact((tx: Tx) => tx.attempts.getMany(refs), undefined);
    for (const { id, attempt, state, userFailures, systemFailures } of tasks) {
      const own = tries.filter(({ taskId }) => taskId === id);
      const lost = own.filter(({ outcome }) => outcome === "lost").length;
      // One that nobody knows whether it began counts with the next.
      const owed = systemFailures === 0 && own.some(({ ahead, outcome }) => ahead && outcome === "lost") ? 1 : 0;
      if (state !== "cancelled") expect(systemFailures + owed).toBeGreaterThanOrEqual(lost);
      expect([userFailures <= 2, systemFailures <= 3]).toEqual([true, true]);
      // The last one alone can have done it.
      expect(own.filter(({ outcome, number }) => outcome === "succeeded" && number < attempt)).toEqual([]);
    }
  }

  /** How many attempts workers of scitq have begun. */
  get begun(): number {
    return this.#accepted.size;
  }

  async close(): Promise<void> {
    await this.#store.close();
    await this.#place.remove();
  }
}

const key = (ref: AttemptRef) => `${ref.taskId}.${ref.number}`;

function onlyRefusals(error: unknown): undefined {
  if (!(error instanceof RefusedError)) throw error;
}

function ask(cpu: string) {
  return {
    dialect: "taskqueue" as const,
    projectId: "",
    projectName: "",
    title: "t",
    creator: "x",
    spec: {
      inputs: { kind: "none" as const },
      environment: { kind: "none" as const },
      command: { kind: "shell" as const, script: "true" },
      variables: [],
      secrets: [],
      // Workers of scitq do not say what they have, and are given what asks for nothing.
      resources: cpu === "" ? {} : { cpu },
      grace: 1,
      outputs: { saveChangedFiles: false, paths: [] },
      userRetries: 1,
      systemRetries: 2,
    },
  };
}

describe("submits, leases, pings, reports, cancels, lost workers and restarts in any order", () => {
  let folder: string;
  let logs: LogStore;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "tributary-world-"));
    logs = await fileLogStore({ folder: join(folder, "logs") });
  });
  afterAll(async () => {
    await logs.close();
    await rm(folder, { recursive: true, force: true });
  });

  it("believe no worker of what another has by now", async () => {
    const world = await World.open(logs);
    const [told, anew] = [{ is: "tell" as const, which: 0, known: true }, false];
    try {
      await world.play({ is: "submit", cpu: "" });
      await world.play({ is: "ping", worker: 0, anew });
      await world.play({ ...told, worker: 0, step: "accepted" });
      // It is silent for so long that another is given the task.
      for (const seconds of [61, 5] as const) await world.play({ is: "wait", seconds });
      await world.play({ is: "ping", worker: 1, anew });
      await world.play({ ...told, worker: 1, step: "accepted" });
      for (const step of ["running", "succeeded", "failed"] as const) {
        await world.play({ ...told, worker: 0, step });
        expect(await world.check()).toMatchObject([{ state: "active", attempt: 2, workerId: "scitq:s1" }]);
      }
      await world.play({ ...told, worker: 1, step: "succeeded" });
      expect(await world.check()).toMatchObject([{ state: "succeeded", attempt: 2 }]);
      expect(world.begun).toBe(2);
    } finally {
      await world.close();
    }
  }, 60_000);

  it("leave no task alone, run none twice at a time, and end none twice", async () => {
    let begun = 0;
    // A database for each run takes its time.
    const numRuns = storeKind() === "postgres" ? 15 : 50;
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 30, maxLength: mostEvents, size: "max" }), async (events) => {
        const world = await World.open(logs);
        const ended = new Map<number, string>();
        try {
          for (const happens of events) {
            await world.play(happens);
            for (const task of await world.check()) {
              const before = ended.get(task.id);
              if (before !== undefined) expect(task.state).toBe(before);
              if (isTerminal(task.state)) ended.set(task.id, task.state);
            }
          }
        } finally {
          begun += world.begun;
          await world.close();
        }
      }),
      { numRuns },
    );
    // Else all this says nothing; about two a run are usual.
    expect(begun).toBeGreaterThan(numRuns / 5);
  }, 600_000);
});
