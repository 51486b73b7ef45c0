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
import type { Store, Tx } from "#core/ports/store.ts";
import { cancelTask } from "#core/tasks/cancel-task.ts";
import { releaseDueTasks } from "#core/tasks/release-due-tasks.ts";
import { retryTask } from "#core/tasks/retry-task.ts";
import { submitTask } from "#core/tasks/submit-task.ts";
import type { AttemptOutcome, AttemptPhase, AttemptRef, Task } from "#core/tasks/task.ts";
import { isTerminal } from "#core/tasks/transitions.ts";
import { newStorePlace, type StorePlace, storeKind } from "#test/store-place.ts";

/** How many attempts a worker is given ahead of their turn. */
const mostAhead = 2;

/** What may happen, in any order. Numbers choose among what is there. */
const event = fc.oneof(
  { weight: 4, arbitrary: fc.record({ is: fc.constant("submit" as const), cpu: fc.constantFrom("1", "2", "9") }) },
  {
    weight: 4,
    arbitrary: fc.record({ is: fc.constant("lease" as const), worker: fc.nat(1), ahead: fc.nat(mostAhead) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      is: fc.constant("report" as const),
      worker: fc.nat(1),
      which: fc.nat(20),
      phase: fc.constantFrom<AttemptPhase>("accepted", "running", "collecting", "ended", "ended"),
      outcome: fc.constantFrom<AttemptOutcome>("succeeded", "failed", "timed-out", "cancelled", "lost"),
      repeat: fc.boolean(),
      notBegun: fc.boolean(),
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
  { weight: 4, arbitrary: fc.record({ is: fc.constant("ping" as const), worker: fc.nat(1) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      is: fc.constant("tell" as const),
      worker: fc.nat(1),
      which: fc.nat(20),
      step: fc.constantFrom<"accepted" | ReportedStep | "returned">(
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
        return this.#lease(happens.worker, happens.ahead);
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
        return;
      case "come back":
        return this.#comeBack(happens.worker, happens.keeps);
      case "ping":
        return this.#ping(happens.worker);
      case "tell":
        return this.#tell(happens);
      case "begin anew":
        await registerScitqWorker(this.ports, { name: `s${happens.worker}`, slots: 2 });
        return;
      case "restart":
        await this.#store.close();
        this.#store = await this.#place.open();
        this.#leases = new Leases(30_000, undefined, 60_000);
        await adoptWorkers(this.ports);
    }
  }

  async #lease(worker: number, ahead: number): Promise<void> {
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
      ...(phase === "ended" ? { end: { outcome: happens.outcome }, notBegun: happens.notBegun } : {}),
    };
    for (let n = 0; n < (happens.repeat ? 2 : 1); n++) {
      const [told] = await reportAttempts(this.ports, { workerId: `w${happens.worker}`, reports: [report] });
      if (phase === "ended" || told?.accepted === false) held.delete(key(ref));
    }
  }

  /** Numbers are given in the order in which workers came first. */
  async #ping(worker: number): Promise<void> {
    const { assignments, begun } = await pingWorker(this.ports, 3 + worker);
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
    const before = (await this.tasks()).find(({ id }) => id === taskId);
    if (step === "accepted") {
      if (!(await tellOfTask(this.ports, acceptTask, said))) return;
      const begun = `${taskId}.${before?.attempt}`;
      // No attempt is ever begun twice.
      expect(this.#accepted).not.toContain(begun);
      this.#accepted.add(begun);
    } else if (step === "returned") {
      await tellOfTask(this.ports, returnTask, said).catch(onlyRefusals);
    } else {
      const taken = await tellOfTask(this.ports, takeStep, { ...said, step }).catch(onlyRefusals);
      // Whoever is known is believed only of what it has.
      if (taken && known && !isTerminal(before!.state)) expect(before?.workerId).toBe(`scitq:s${worker}`);
    }
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
  async check(): Promise<void> {
    const tasks = await this.tasks();
    const current = await this.#store.transact(async (tx: Tx) => {
      const workers = ["w0", "w1", "scitq:s0", "scitq:s1"];
      return (await Promise.all(workers.map((id) => tx.attempts.current(id)))).flat();
    }, undefined);
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
    for (const worker of [0, 1]) {
      expect(current.filter(({ workerId }) => workerId === `scitq:s${worker}`).length).toBeLessThanOrEqual(2);
      const load = current.filter(({ workerId }) => workerId === `w${worker}`);
      // What a worker has begun it knows of; what was only assigned is told to it again.
      const forgotten = load.filter((attempt) => attempt.phase !== "assigned" && !this.held[worker]?.has(key(attempt)));
      expect(forgotten).toEqual([]);
      expect(load.length).toBeLessThanOrEqual(2 + mostAhead);
      expect(load.reduce((sum, { demand }) => sum + (demand.cpu ?? 0), 0)).toBeLessThanOrEqual(2_000);
    }
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
      resources: { cpu },
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

  it("leave no task alone, run none twice at a time, and end none twice", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 10, maxLength: mostEvents }), async (events) => {
        const world = await World.open(logs);
        const ended = new Map<number, string>();
        try {
          for (const happens of events) {
            await world.play(happens);
            await world.check();
            for (const task of await world.tasks()) {
              const before = ended.get(task.id);
              if (before !== undefined) expect(task.state).toBe(before);
              if (isTerminal(task.state)) ended.set(task.id, task.state);
            }
          }
        } finally {
          await world.close();
        }
      }),
      // A database for each run takes its time.
      { numRuns: storeKind() === "postgres" ? 30 : 120 },
    );
  }, 90_000);
});
