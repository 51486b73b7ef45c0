import { rmSync, mkdirSync, statSync } from "node:fs";
import { sqliteStore } from "#adapters/store/sqlite/index.ts";
import { sampleTask, sampleSpec, run } from "./conformance/store-samples.ts";
const folder = "/tmp/store-big"; rmSync(folder, { recursive: true, force: true }); mkdirSync(folder);
const N = Number(process.argv[2] ?? 1e6);
const store = await sqliteStore({ file: folder + "/state.db", onWarning: console.warn });
const states = ["succeeded", "failed", "succeeded", "succeeded"] as const;
let t = performance.now(); let maxWal = 0;
for (let i = 0; i < N; i += 1000) {
  await run(store, async (tx) => { const ids = await tx.tasks.nextIds(1000); await tx.tasks.insert(ids.map((id) => ({ spec: sampleSpec, task: sampleTask(id, { dialect: id % 3 ? "ame" : "taskqueue", title: `Train model ${id % 50}`, name: `n${(id * 2654435761 % 2**32).toString(36)}`, projectId: "p" + id % 20, projectName: "proj " + id % 20, createdAt: 1.7e12 + id, queuedAt: 1.7e12 + id, demand: { cpu: 1000 * (1 + id % 3), memory: 1e9 }, ...(process.argv[3] === "ended" && { state: states[id % 4]!, endedAt: 1.7e12 + id + 5000, startedAt: 1.7e12 + id, exitCode: 0, ...(id % 4 === 1 && { reason: { code: "exit-code", message: "exited with " + id % 5 } }) }) }) }))); await tx.journal.append(ids.map((taskId) => ({ kind: "task-created", taskId, at: 1 }))); });
  if (i % 50000 === 0) maxWal = Math.max(maxWal, statSync(folder + "/state.db-wal").size);
}
console.log("insert", N, Math.round(N / (performance.now() - t) * 1000), "/s", "max wal MB", maxWal / 1e6, "rss MB", process.memoryUsage().rss / 1e6);
await store.close(); console.log("db MB", statSync(folder + "/state.db").size / 1e6);
