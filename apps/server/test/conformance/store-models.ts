import { expect, test } from "vitest";
import type { Model, ModelVersion } from "#core/models/model.ts";
import type { StoreContext } from "./store-context.ts";
import { addTasks, run, sampleTask } from "./store-samples.ts";

function sampleModel(id: string, changes: Partial<Model> = {}): Model {
  const [projectName = "", name = ""] = id.split("/");
  const definition = { name };
  return { id, projectId: "p1", projectName, definition, trainings: 0, problems: {}, createdAt: 1, ...changes };
}

function sampleVersion(modelId: string, version: number): ModelVersion {
  const told = { createdAt: version, status: "ready" as const, location: "/m", runId: "r", runName: "" };
  return { modelId, version, ...told, metrics: { a: 1.5 }, parameters: {}, validation: { state: "none", tries: 0 } };
}

export function modelTests(context: StoreContext): void {
  test("models are found by id and by their project's name, and are listed with all that belongs to them", async () => {
    const { store } = context;
    const [one, two, other] = [sampleModel("shop/b"), sampleModel("shop/a"), sampleModel("shopping/c")];
    await addTasks(
      store,
      [1, 2, 3].map((id) => sampleTask(id)),
    );
    await run(store, async (tx) => {
      await tx.models.put([one, two, other]);
      await tx.modelVersions.put([sampleVersion(one.id, 1), sampleVersion(one.id, 2), sampleVersion(two.id, 1)]);
      await tx.modelRuns.put([
        { taskId: 1, modelId: one.id, kind: "training", at: 1 },
        { taskId: 2, modelId: one.id, kind: "validation", version: 1, at: 2 },
      ]);
      await tx.replicas.put([{ taskId: 3, modelId: one.id, version: 1, createdAt: 3 }]);
    });
    expect(await run(store, (tx) => tx.models.ofProject("shop"))).toEqual([two, one]);
    expect([...(await run(store, (tx) => tx.models.getMany([one.id, "nope"]))).keys()]).toEqual([one.id]);
    expect((await run(store, (tx) => tx.models.all())).map(({ id }) => id)).toEqual(["shop/a", "shop/b", "shopping/c"]);
    expect((await run(store, (tx) => tx.modelVersions.of(one.id))).map(({ version }) => version)).toEqual([2, 1]);
    expect((await run(store, (tx) => tx.modelRuns.of(one.id, 1))).map(({ taskId }) => taskId)).toEqual([2]);
    const { models } = await store.view.listModels({ id: one.id });
    expect(models).toMatchObject([
      {
        model: one,
        versions: [{ version: 2, metrics: { a: 1.5 } }, { version: 1 }],
        runs: [{ run: { taskId: 2, version: 1 }, task: { id: 2 } }, { run: { taskId: 1 } }],
        replicas: [{ replica: { taskId: 3 }, task: { id: 3 } }],
      },
    ]);
    expect((await store.view.listModels({})).models).toHaveLength(3);
  });

  test("what belongs to a task goes with it, and what is deleted is gone", async () => {
    const { store } = context;
    const { id } = sampleModel("shop/b");
    await addTasks(
      store,
      [1, 2].map((each) => sampleTask(each)),
    );
    await run(store, async (tx) => {
      await tx.models.put([sampleModel(id)]);
      await tx.modelVersions.put([sampleVersion(id, 1), sampleVersion(id, 2)]);
      await tx.modelRuns.put([{ taskId: 1, modelId: id, kind: "training", at: 1 }]);
      await tx.replicas.put([1, 2].map((taskId) => ({ taskId, modelId: id, version: 1, createdAt: 3 })));
    });
    await run(store, (tx) => tx.tasks.delete([1]));
    expect(await run(store, (tx) => tx.modelRuns.getMany([1]))).toEqual([]);
    expect((await run(store, (tx) => tx.replicas.all())).map(({ taskId }) => taskId)).toEqual([2]);
    await run(store, (tx) => tx.modelVersions.delete(id, [1]));
    expect((await run(store, (tx) => tx.modelVersions.of(id))).map(({ version }) => version)).toEqual([2]);
    await run(store, (tx) => tx.models.delete([id]));
    expect(await run(store, (tx) => tx.models.all())).toEqual([]);
  });

  test("a claim for what few tasks demand finds it behind a long queue, and nothing else", async () => {
    const { store } = context;
    const ordinary = Array.from({ length: 120 }, (_, index) => sampleTask(index + 1, { queuedAt: index + 1 }));
    await addTasks(store, [...ordinary, sampleTask(200, { queuedAt: 200, demand: { "model-replica": 1 } })]);
    const claim = (free: Record<string, number>) =>
      run(store, (tx) => tx.tasks.claim({ free, limit: 5, demanding: "model-replica" }));
    expect((await claim({ "model-replica": 2 })).map(({ id }) => id)).toEqual([200]);
    expect(await claim({ cpu: 8_000 })).toEqual([]);
  });
}
