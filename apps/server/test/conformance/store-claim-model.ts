import fc from "fast-check";
import { expect, test } from "vitest";
import type { ClaimAsk, Tx } from "#core/ports/tx.ts";
import type { Demand, Dialect, Task, TaskId, TaskState } from "#core/tasks/task.ts";
import type { StoreContext } from "./store-context.ts";
import { run, sampleSpec, sampleTask } from "./store-samples.ts";

type Step =
  | { readonly kind: "insert"; readonly task: Pick<Task, "queuedAt" | "demand" | "dialect" | "state"> }
  | { readonly kind: "move"; readonly pick: number; readonly to: TaskState; readonly queuedAt: number }
  | { readonly kind: "claim"; readonly ask: ClaimAsk; readonly take: boolean };

interface Unit {
  readonly steps: readonly Step[];
  readonly kept: boolean;
}

const dialect = fc.constantFrom<Dialect[]>("ame", "taskqueue", "tributary");
const demand: fc.Arbitrary<Demand> = fc.constantFrom<Demand[]>(
  {},
  { cpu: 1 },
  { cpu: 2 },
  { cpu: 1, gpu: 1 },
  { gpu: 0 },
);
const time = fc.integer({ min: 1, max: 12 });
const state = fc.constantFrom<TaskState[]>("queued", "queued", "queued", "waiting", "paused", "cancelled", "active");

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant("insert" as const),
    task: fc.record({ queuedAt: time, demand, dialect, state }),
  }),
  fc.record({ kind: fc.constant("move" as const), pick: fc.nat(), to: state, queuedAt: time }),
  fc.record({
    kind: fc.constant("claim" as const),
    take: fc.boolean(),
    ask: fc.record(
      {
        free: fc.constantFrom<Demand[]>({ cpu: 3 }, { cpu: 2, gpu: 1 }, { gpu: 5 }, {}, { cpu: 100, gpu: 100 }),
        limit: fc.integer({ min: 0, max: 5 }),
        dialects: fc.uniqueArray(dialect),
      },
      { requiredKeys: ["free", "limit"] },
    ),
  }),
);

const units: fc.Arbitrary<Unit[]> = fc.array(
  fc.record({ steps: fc.array(step, { maxLength: 6 }), kept: fc.boolean() }),
  { maxLength: 12 },
);

/** What a queue is: all tasks in a map, looked through from the oldest. */
function claimFrom(
  tasks: ReadonlyMap<TaskId, Task>,
  { free, limit, dialects }: ClaimAsk,
  given: Set<TaskId>,
): TaskId[] {
  const left = { ...free };
  const taken: TaskId[] = [];
  const queued = [...tasks.values()]
    .filter((task) => task.state === "queued" && !given.has(task.id) && (dialects?.includes(task.dialect) ?? true))
    .sort((a, b) => a.queuedAt! - b.queuedAt! || a.id - b.id);
  for (const task of queued) {
    const wants = Object.entries(task.demand).filter(([, amount]) => amount > 0);
    if (taken.length === limit || !wants.every(([name, amount]) => amount <= (left[name] ?? -1))) continue;
    for (const [name, amount] of wants) left[name]! -= amount;
    taken.push(task.id);
  }
  for (const id of taken) given.add(id);
  return taken;
}

const refused = new Error("not kept");

/** The store and the model go the same way, through units that are kept and units that are not. */
export function claimModelTest(context: StoreContext): void {
  test("whatever units do, claims answer what a plain search would", async () => {
    let nextId = 1;
    await fc.assert(
      fc.asyncProperty(units, fc.boolean(), async (sequence, together) => {
        let model = new Map<TaskId, Task>();
        const firstId = nextId;
        const started: Promise<void>[] = [];
        for (const unit of sequence) {
          const work = run(context.store, async (tx) => {
            const draft = new Map(model);
            let id = nextId;
            const given = new Set<TaskId>();
            for (const one of unit.steps) id = await takeStep(tx, one, draft, given, id);
            if (!unit.kept) throw refused;
            model = draft;
            nextId = id;
          }).catch((error: unknown) => {
            if (error !== refused) throw error;
          });
          started.push(work);
          if (!together) await work;
        }
        await Promise.all(started);
        await emptyQueue(context, model);
        expect(nextId).toBeGreaterThanOrEqual(firstId);
      }),
      { numRuns: 120, interruptAfterTimeLimit: 10_000 },
    );
  });
}

async function takeStep(
  tx: Tx,
  one: Step,
  draft: Map<TaskId, Task>,
  given: Set<TaskId>,
  nextId: number,
): Promise<number> {
  if (one.kind === "insert") {
    const task = sampleTask(nextId, one.task);
    await tx.tasks.insert([{ task, spec: sampleSpec }]);
    draft.set(task.id, task);
    return nextId + 1;
  }
  if (one.kind === "claim") {
    const expected = claimFrom(draft, one.ask, given);
    const claimed = await tx.tasks.claim(one.ask);
    expect(claimed).toEqual(expected.map((id) => draft.get(id)));
    if (one.take) for (const task of claimed) await replaceIn(tx, draft, task, { state: "active" });
    return nextId;
  }
  const tasks = [...draft.values()];
  const task = tasks[one.pick % tasks.length];
  if (task) await replaceIn(tx, draft, task, { state: one.to, queuedAt: one.queuedAt });
  return nextId;
}

async function replaceIn(tx: Tx, draft: Map<TaskId, Task>, task: Task, changes: Partial<Task>): Promise<void> {
  const changed = { ...task, ...changes };
  draft.set(task.id, changed);
  expect(await tx.tasks.replace([{ task: changed, ifState: task.state, ifAttempt: task.attempt }])).toEqual([task.id]);
}

/** Compares the whole queue, and leaves it empty for the next sequence. */
async function emptyQueue({ store }: StoreContext, model: Map<TaskId, Task>): Promise<void> {
  await run(store, async (tx) => {
    const all: ClaimAsk = { free: { cpu: 1e9, gpu: 1e9 }, limit: 1_000 };
    const claimed = await tx.tasks.claim(all);
    expect(claimed.map(({ id }) => id)).toEqual(claimFrom(model, all, new Set()));
    for (const task of claimed) await replaceIn(tx, model, task, { state: "cancelled" });
  });
}
