import { writeSync } from "node:fs";
import { sqliteStore } from "#adapters/store/sqlite/index.ts";
import type { Tx } from "#core/ports/store.ts";
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
    writeSync(1, `${JSON.stringify(done)}\n`);
  }
}

await Promise.all(Array.from({ length: 16 }, caller));
