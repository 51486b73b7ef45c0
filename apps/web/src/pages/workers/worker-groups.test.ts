import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type Worker, WorkerKind, WorkerSchema } from "@tributary/proto/tributary/v1/workers_pb";
import { expect, test } from "vitest";

import { groupWorkers, linesOf, sumSlots, troubleText } from "#pages/workers/worker-groups.ts";

const put = (name: string, init: MessageInitShape<typeof WorkerSchema> = {}): Worker =>
  create(WorkerSchema, { id: name, name, online: true, slots: 2, ...init });
const pool = (name: string, more: MessageInitShape<typeof WorkerSchema> = {}) =>
  put(name, { labels: { pool: "batch" }, ...more });
const nothing: ReadonlySet<string> = new Set();

test("workers are grouped by what gave them, then by labels that several have", () => {
  const groups = groupWorkers(
    [
      put("node-1", { kind: WorkerKind.SCITQ }),
      put("lab-7", { labels: { room: "3" } }),
      pool("b-10"),
      pool("b-9"),
      put("g-1", { provided: { provider: "slurm", flavor: "gpu" } }),
      put("here", { ofServer: true }),
      put("desk"),
    ],
    [],
  );
  expect(groups.map(({ name, workers }) => [name, workers.map((worker) => worker.name)])).toEqual([
    ["This machine", ["here"]],
    ["slurm · gpu", ["g-1"]],
    ["pool=batch", ["b-9", "b-10"]],
    ["Your machines", ["desk", "lab-7"]],
    ["TaskQueue's own workers", ["node-1"]],
  ]);
  expect(groups[1]?.from).toEqual({ provider: "slurm", flavor: "gpu" });
});

test("a large group shows those first that somebody should look at, and folds what is like them", () => {
  const workers = Array.from({ length: 30 }, (_, at) => pool(`b-${at + 1}`, { online: at !== 28 }));
  const [group] = groupWorkers(workers, []);
  if (!group) throw new Error("there is no group");
  const lines = linesOf([group], { folded: nothing, whole: nothing });
  expect(lines.map(({ kind }) => kind)).toEqual(["group", ...Array(6).fill("worker"), "rest"]);
  expect(lines[1]).toMatchObject({ worker: { name: "b-29" } });
  expect(lines.at(-1)).toMatchObject({ rest: { length: 24 } });
  expect(linesOf([group], { folded: nothing, whole: new Set([group.key]) })).toHaveLength(31);
  expect(linesOf([group], { folded: new Set([group.key]), whole: nothing })).toHaveLength(1);
});

test("slots are those of workers that are online, and trouble is counted", () => {
  const workers = [pool("a", { slotsUsed: 1 }), pool("b", { online: false }), pool("c", { draining: true })];
  expect(sumSlots(workers)).toEqual({ used: 1, all: 4 });
  expect(troubleText(workers)).toBe("1 offline, 1 draining.");
  expect(troubleText([pool("a")])).toBe("");
});
