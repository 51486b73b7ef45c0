import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import { runProjectTask } from "#core/projects/run-project-task.ts";
import { followSource } from "#core/sources/follow-source.ts";
import { createSource } from "#core/sources/sources.ts";

const offered = "example-offered";
const patience = 60_000;

export interface ExampleRun {
  readonly taskId: number;
  readonly title: string;
}

/**
 * On the first start of a data folder: adds the bundled example as a source and runs one of its tasks, so that there is
 * something to look at. Later starts do nothing, also when the user has deleted it.
 *
 * @returns the task; undefined on later starts
 */
export async function offerExample(ports: Ports): Promise<ExampleRun | undefined> {
  const { store } = ports;
  const isNew = await store.transact(async (tx: Tx) => {
    if ((await tx.settings.get(offered)) !== undefined || (await tx.sources.all()).length > 0) return false;
    await tx.settings.put(offered, "yes");
    return true;
  }, undefined);
  if (!isNew) return undefined;
  const { id } = await createSource(ports, { repository: "example:churn" });
  for await (const source of followSource(ports, id, AbortSignal.timeout(patience))) {
    if (source.settledState === "error") throw new Error(`the example cannot be read: ${source.reason}`);
    if (source.settledState !== "synchronized") continue;
    const task = await runProjectTask(ports, {
      dialect: "ame",
      projectId: id,
      task: "baseline",
      creator: "first start",
    });
    return { taskId: task.id, title: task.title };
  }
  return undefined;
}
