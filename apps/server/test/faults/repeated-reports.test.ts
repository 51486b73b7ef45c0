import { create } from "@bufbuild/protobuf";
import { timestampNow } from "@bufbuild/protobuf/wkt";
import { createClient } from "@connectrpc/connect";
import { TaskQueue } from "@tributary/proto/taskqueue/taskqueue_pb";
import { AttemptEndSchema, type AttemptRef } from "@tributary/proto/tributary/v1/dispatch_pb";
import { AttemptOutcome, AttemptPhase, TaskService, TaskState } from "@tributary/proto/tributary/v1/tasks_pb";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Tx } from "#core/ports/tx.ts";
import { HandWorker } from "#test/hand-worker.ts";
import { type InProcess, openInProcess, worker } from "#test/in-process.ts";

const phases = [
  AttemptPhase.ACCEPTED,
  AttemptPhase.PREPARING,
  AttemptPhase.RUNNING,
  AttemptPhase.COLLECTING,
  AttemptPhase.ENDED,
];
const last = phases.length;

/** Reports by their sequence number, each once to three times, in any order, in calls of any size, by the holder or not. */
const deliveries = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: last, maxLength: last }).chain((times) => {
  const all = times.flatMap((count, index) => Array.from({ length: count }, () => index + 1));
  return fc.record({
    order: fc.shuffledSubarray(all, { minLength: all.length }),
    size: fc.integer({ min: 1, max: 4 }),
    stranger: fc.nat(all.length),
    exitCode: fc.constantFrom(0, 3),
  });
});

/** What a store must make of reports in the order in which they come. */
class Model {
  #taken = 0;
  /** Answers whether the report is accepted: all of the holder's are, as none tells of another attempt. */
  take(sequence: number): boolean {
    // What comes after a later one, or after the end, changes nothing.
    this.#taken = Math.max(this.#taken, sequence);
    return true;
  }

  get phase(): AttemptPhase {
    return phases[this.#taken - 1] ?? AttemptPhase.ASSIGNED;
  }
}

let server: InProcess;
let hand: HandWorker;
beforeAll(async () => {
  server = await openInProcess();
  hand = await HandWorker.start(server.transport(worker), { slots: 10_000 });
});
afterAll(async () => {
  hand.stop();
  await server.close();
});

async function report(workerId: string, attempt: AttemptRef, sequences: readonly number[], exitCode: number) {
  const outcome = exitCode === 0 ? AttemptOutcome.SUCCEEDED : AttemptOutcome.FAILED;
  const reports = sequences.map((sequence) => ({
    attempt,
    sequence,
    phase: phases[sequence - 1]!,
    time: timestampNow(),
    ...(sequence === last ? { end: create(AttemptEndSchema, { outcome, exitCode }) } : {}),
  }));
  return (await hand.client.report({ workerId, reports })).results.map(({ accepted }) => accepted);
}

test("reports that are repeated, out of order or somebody else's leave what the model says", async () => {
  const queue = createClient(TaskQueue, server.transport());
  const tasks = createClient(TaskService, server.transport());
  await fc.assert(
    fc.asyncProperty(deliveries, async ({ order, size, stranger, exitCode }) => {
      const { taskId } = await queue.submitTask({ command: "true" });
      const { attempt } = await hand.order("assign");
      const model = new Model();
      for (let from = 0; from < order.length; from += size) {
        const some = order.slice(from, from + size);
        if (stranger >= from && stranger < from + size)
          expect(await report("stranger", attempt!, some, 9)).toEqual(some.map(() => false));
        expect(await report(hand.id, attempt!, some, exitCode)).toEqual(some.map((sequence) => model.take(sequence)));
        expect((await tasks.getTask({ id: taskId })).attempts[0]?.phase).toBe(model.phase);
      }
      const { task, attempts } = await tasks.getTask({ id: taskId });
      expect(task).toMatchObject({ state: exitCode === 0 ? TaskState.SUCCEEDED : TaskState.FAILED, exitCode });
      expect(attempts).toHaveLength(1);
      // One that was never given out.
      const next = { ...attempt!, number: 2 };
      expect(await report(hand.id, next, [last], 9)).toEqual([false]);
      expect((await tasks.getTask({ id: taskId })).task).toEqual(task);
      expect(await endsOf(taskId)).toBe(1);
    }),
    { numRuns: 80 },
  );
  expect(server.faults).toEqual([]);
}, 60_000);

async function endsOf(taskId: number): Promise<number> {
  const { store } = server.ports;
  const upTo = await store.transact(
    (tx: Tx) => tx.journal.append([{ kind: "worker-changed", workerId: "x", at: 0 }]),
    0,
  );
  const end = new AbortController();
  let ends = 0;
  for await (const entries of store.follow(0, end.signal)) {
    for (const entry of entries) if (entry.kind === "task-ended" && entry.taskId === taskId) ends += 1;
    if ((entries.at(-1)?.position ?? 0) >= upTo) end.abort();
  }
  return ends;
}
