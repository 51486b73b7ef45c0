import { AttemptOutcome, TaskState } from "@tributary/proto/tributary/v1/tasks_pb";
import { expect, test } from "vitest";
import { NetworkStage } from "./network/network-stage.ts";
import { playWeather } from "./network/play-weather.ts";

test("tasks of a worker behind a failing network end once and tell all of their log", {
  timeout: 300_000,
}, async () => {
  const seed = Math.floor(Math.random() * 1e9);
  console.log(`seed ${seed}; npm run faults -- --only network --seed ${seed} plays it again`);
  const played = await playWeather({ seed, minutes: 0.5, rounds: 4, say: (line) => console.log(line) });
  expect(played.violations).toEqual([]);
  // It is only a test when something was done at the far end.
  expect(played.far).toBeGreaterThan(0);
  expect(Object.keys(played.spells).length).toBeGreaterThan(1);
});

test("what a worker has that is cut off for longer than its lease is done elsewhere, and its own results change nothing", {
  timeout: 300_000,
}, async () => {
  const stage = await NetworkStage.open();
  try {
    // The first try would never end; whoever tries again is done at once.
    const command = `echo $TRIBUTARY_TASK_ID $$ >> ${stage.ledger}; echo try $TRIBUTARY_ATTEMPT_NUMBER; [ $TRIBUTARY_ATTEMPT_NUMBER -gt 1 ] || sleep 900; for i in 1 2 3; do echo line $i; done`;
    const all = await Promise.all(Array.from({ length: 4 }, () => stage.submit(command)));
    await stage.until("all to run", async () => (await stage.begun()).length === all.length);
    const farId = await stage.farId();
    const first = new Map((await stage.begun()).map((line) => line.split(" ") as [string, string]));
    const ids: number[] = [];
    for (const id of all) {
      if ((await stage.read(id)).task?.workerId === farId) ids.push(id);
      else await stage.cancel(id);
    }
    expect(ids.length).toBeGreaterThan(1);
    stage.link.set({ stalled: ["up", "down"], swallowsEnds: true });
    const before = await Promise.all(ids.map((id) => stage.whenEnded(id)));
    for (const { task, attempts } of before) {
      expect(task).toMatchObject({ state: TaskState.SUCCEEDED });
      expect(attempts.map(({ outcome }) => outcome)).toEqual([AttemptOutcome.LOST, AttemptOutcome.SUCCEEDED]);
      expect(attempts[0]?.workerId).toBe(farId);
    }
    stage.link.set({});
    await stage.until("the worker to come back", async () => (await stage.farId()) === farId);
    await stage.until("the worker to let go", async () => (await stage.far.held()) === 0);
    for (const id of ids) {
      expect(() => process.kill(Number(first.get(String(id))), 0)).toThrow("ESRCH");
      expect(await stage.lines(id)).toEqual(["try 1", "try 2", "line 1", "line 2", "line 3"]);
    }
    for (const { task, attempts } of before) expect(await stage.read(task!.id)).toMatchObject({ task, attempts });
    const next = await Promise.all(Array.from({ length: 4 }, () => stage.submit("sleep 1; echo again")));
    const workers = await Promise.all(next.map(async (one) => (await stage.whenEnded(one)).task?.workerId));
    expect(workers).toContain(farId);
  } finally {
    await stage.close();
  }
});
