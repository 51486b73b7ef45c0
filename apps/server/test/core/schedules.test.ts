import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Tx } from "#core/ports/tx.ts";
import { createProject } from "#core/projects/create-project.ts";
import type { ProjectDefinition, TaskDefinition } from "#core/projects/project.ts";
import { runDueSchedules } from "#core/schedules/run-due-schedules.ts";
import { changeMissedTicks, pauseSchedule, resumeSchedule, runScheduleNow } from "#core/schedules/schedules.ts";
import { cancelTask } from "#core/tasks/cancel-task.ts";
import { type InProcess, openInProcess } from "#test/in-process.ts";
import { manualClock } from "#test/manual-clock.ts";

const minute = 60_000;
const hour = 60 * minute;

/** Stands at the full hour. */
let clock = manualClock();
let server: InProcess;

beforeEach(async () => {
  clock = manualClock();
  server = await openInProcess({ clock });
});
afterEach(() => server.close());

function task(name: string, schedule?: string): TaskDefinition {
  return {
    name,
    executor: { kind: "custom", pythonVersion: "3", command: "true" },
    resources: {},
    dataSets: [],
    variables: [],
    secrets: [],
    ...(schedule === undefined ? {} : { triggers: { schedule } }),
  };
}

function push(tasks: readonly TaskDefinition[], triggers = true) {
  const definition: ProjectDefinition = { name: "churn", tasks, templates: [], dataSets: [], models: [] };
  return createProject(server.ports, { definition, triggers });
}

const schedules = async () => (await server.ports.store.view.listSchedules()).schedules;
const started = async () => (await server.ports.store.view.listNewest("ame", 1_000)).map(({ name }) => name);
const run = () => runDueSchedules(server.ports);
const ticks = async (id: string) => (await server.ports.store.view.listTicks(id)).map(({ outcome }) => outcome.kind);

async function endTasks(): Promise<void> {
  for (const { id, state } of await server.ports.store.view.listNewest("ame", 1_000)) {
    if (state !== "cancelled") await cancelTask(server.ports, { id, by: "test" });
  }
}

describe("the schedules of a project", () => {
  it("run their task at each time, never early, and the history tells it", async () => {
    const project = await push([task("train", "*/10 * * * *"), task("other")]);
    expect(await schedules()).toMatchObject([{ id: `${project.id}/train`, nextAt: clock.now() + 10 * minute }]);
    clock.advance(10 * minute - 1);
    expect(await run()).toBe(clock.now() + 1);
    expect(await started()).toEqual([]);
    clock.advance(1);
    expect(await run()).toBe(clock.now() + 10 * minute);
    expect(await started()).toEqual([`${project.id}train-20300101t0010z`]);
    expect((await server.ports.store.view.listNewest("ame", 1))[0]?.origin).toEqual({
      kind: "schedule",
      id: `${project.id}/train`,
    });
    await endTasks();
    clock.advance(10 * minute + 900);
    await run();
    expect(await started()).toEqual([`${project.id}train-20300101t0010z`, `${project.id}train-20300101t0020z`]);
    expect(await ticks(`${project.id}/train`)).toEqual(["started", "started"]);
  });

  it("start a time once, however many servers look at it at the same moment", async () => {
    const project = await push([task("train", "* * * * *")]);
    for (let round = 0; round < 5; round++) {
      clock.advance(minute);
      await Promise.all([run(), run(), run(), run()]);
      await endTasks();
    }
    expect(await started()).toHaveLength(5);
    expect(await ticks(`${project.id}/train`)).toHaveLength(5);
  });

  it("do not pile up: a time is skipped while the task of the one before has not ended", async () => {
    const project = await push([task("train", "* * * * *")]);
    clock.advance(minute);
    await run();
    clock.advance(minute);
    await run();
    expect(await started()).toHaveLength(1);
    expect(await ticks(`${project.id}/train`)).toEqual(["skipped", "started"]);
    await endTasks();
    clock.advance(minute);
    await run();
    expect(await started()).toHaveLength(2);
  });

  it("run once for all the times that passed without a server, for the latest of them", async () => {
    const project = await push([task("train", "0 * * * *")]);
    clock.advance(5 * hour + 10 * minute);
    expect(await run()).toBe(clock.now() + 50 * minute);
    expect(await started()).toEqual([`${project.id}train-20300101t0500z`]);
    expect(await ticks(`${project.id}/train`)).toEqual(["started", "missed"]);
  });

  it("or do not run for them at all, where that is wished", async () => {
    const project = await push([task("train", "0 * * * *")]);
    await changeMissedTicks(server.ports, { id: `${project.id}/train`, missedTicks: "skip" });
    clock.advance(5 * hour + 10 * minute);
    await run();
    expect(await started()).toEqual([]);
    expect(await ticks(`${project.id}/train`)).toEqual(["missed", "missed"]);
    clock.advance(50 * minute);
    await run();
    expect(await started()).toEqual([`${project.id}train-20300101t0600z`]);
  });

  it("stand still while they are paused, and go on from the time of resuming", async () => {
    const project = await push([task("train", "0 * * * *")]);
    const id = `${project.id}/train`;
    await pauseSchedule(server.ports, { id, by: "ada", note: "the warehouse moves" });
    clock.advance(3 * hour);
    expect(await run()).toBeUndefined();
    expect(await schedules()).toMatchObject([{ paused: { by: "ada", note: "the warehouse moves" } }]);
    await resumeSchedule(server.ports, id);
    expect(await schedules()).toMatchObject([{ nextAt: clock.now() + hour }]);
    expect((await schedules())[0]).not.toHaveProperty("paused");
    await run();
    expect(await started()).toEqual([]);
  });

  it("are taken over by the next push of the project, with their pause, so that nothing runs twice", async () => {
    const first = await push([task("train", "0 * * * *"), task("gone", "0 * * * *")]);
    await pauseSchedule(server.ports, { id: `${first.id}/train`, by: "ada", note: "" });
    const second = await push([task("train", "0 * * * *"), task("fresh", "30 * * * *")]);
    expect((await schedules()).map(({ id }) => id).sort()).toEqual([`${second.id}/fresh`, `${second.id}/train`]);
    expect((await schedules()).find(({ taskName }) => taskName === "train")?.paused).toBeDefined();
  });

  it("stay as they are when a run uploads the project without switching schedules on", async () => {
    const project = await push([task("train", "0 * * * *")]);
    await push([task("train", "0 * * * *")], false);
    expect((await schedules()).map(({ id }) => id)).toEqual([`${project.id}/train`]);
  });

  it("are refused when they cannot be read, naming task and field", async () => {
    await expect(push([task("train", "61 * * * *")])).rejects.toMatchObject({
      refusal: "invalid",
      field: "cfg.tasks",
      message: expect.stringMatching(/task train: triggers\.schedule: "61 \* \* \* \*".*the minute "61"/),
    });
    expect(await schedules()).toEqual([]);
  });

  it("say so when a task cannot be run any more, and try the next time", async () => {
    const project = await push([task("train", "0 * * * *")]);
    await server.ports.store.transact((tx: Tx) => tx.projects.delete([project.id]), undefined);
    clock.advance(hour);
    expect(await run()).toBe(clock.now() + hour);
    expect(await ticks(`${project.id}/train`)).toEqual(["refused"]);
  });

  it("keep the newest 200 times of their history", async () => {
    const project = await push([task("train", "* * * * *")]);
    for (let round = 0; round < 205; round++) {
      clock.advance(minute);
      await run();
    }
    const kept = await server.ports.store.view.listTicks(`${project.id}/train`);
    expect(kept).toHaveLength(200);
    expect(kept[0]?.at).toBe(clock.now());
  });

  it("can be run beside their times", async () => {
    const project = await push([task("train", "0 * * * *")]);
    await runScheduleNow(server.ports, { id: `${project.id}/train`, by: "ada" });
    expect(await started()).toHaveLength(1);
    expect(await schedules()).toMatchObject([{ nextAt: clock.now() + hour }]);
    await expect(runScheduleNow(server.ports, { id: "nope", by: "ada" })).rejects.toMatchObject({
      refusal: "not-found",
    });
  });
});
