import { writeSync } from "node:fs";
import { sqliteStore } from "#adapters/store/sqlite/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import { sampleSpec, sampleTask } from "./store-samples.ts";

// A server in small, made to be killed: it queues tasks and starts the oldest, and says what was acknowledged.

const store = await sqliteStore({ file: process.argv[2]! });

async function work(tx: Tx) {
  const [id] = await tx.tasks.nextIds(1);
  await tx.tasks.insert([{ task: sampleTask(id!), spec: sampleSpec }]);
  const oldest = id! % 3 === 0 ? await tx.tasks.claim({ free: { cpu: 1_000 }, limit: 1 }) : [];
  await tx.tasks.replace(
    oldest.map((task) => ({ task: { ...task, state: "active", attempt: 1 }, ifState: "queued", ifAttempt: 0 })),
  );
  const position = await tx.journal.append([{ kind: "task-created", taskId: id!, at: 1 }]);
  return { id, position, started: oldest[0]?.id };
}

async function caller() {
  for (;;) {
    const done = await store.transact(work, undefined);
    tell(`${JSON.stringify(done)}\n`);
  }
}

const rest = new Int32Array(new SharedArrayBuffer(4));

/** All of it, at once, however slowly it is read: what is told later might not be told at all. */
function tell(text: string): void {
  for (let left = Buffer.from(text); left.length > 0; ) {
    try {
      left = left.subarray(writeSync(1, left));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
      Atomics.wait(rest, 0, 0, 1);
    }
  }
}

await Promise.all(Array.from({ length: 16 }, caller));
