import { timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import { Code, createClient } from "@connectrpc/connect";
import { AmeService } from "@tributary/proto/ame/v1/ame_pb";
import { MissedTicks, type Schedule, ScheduleService, TickOutcome } from "@tributary/proto/tributary/v1/schedules_pb";
import { SourceService } from "@tributary/proto/tributary/v1/sources_pb";
import { TaskService, TaskState } from "@tributary/proto/tributary/v1/tasks_pb";
import { WatchService, WatchTopic } from "@tributary/proto/tributary/v1/watch_pb";
import { expect, it } from "vitest";
import type { Tx } from "#core/ports/tx.ts";
import { runDueSchedules } from "#core/schedules/run-due-schedules.ts";
import { hello, refusal, rpc, server } from "#test/facades/suite.ts";

const schedules = () => createClient(ScheduleService, server.transport());
const ame = () => createClient(AmeService, server.transport());

/** A schedule of a project that has just been pushed. */
async function push(schedule = "*/5 * * * *", name = "churn"): Promise<Schedule> {
  const tasks = [{ ...hello, triggers: { schedule } }];
  const project = await ame().createProject({ cfg: { name, tasks }, enableTriggers: true });
  const { schedules: all } = await schedules().listSchedules({});
  const found = all.find(({ projectId }) => projectId === project.name);
  if (!found) throw new Error("the project has no schedule");
  return found;
}

/** As if its time had come some seconds ago. */
async function makeDue({ id }: Schedule): Promise<void> {
  await server.ports.store.transact(async (tx: Tx, key: string) => {
    const schedule = (await tx.schedules.getMany([key])).get(key)!;
    await tx.schedules.put([{ ...schedule, nextAt: schedule.nextAt! - 600_000 }]);
  }, id);
  await runDueSchedules(server.ports);
}

const unknown = { code: Code.NotFound, message: expect.stringContaining("no schedule nope") };

rpc("tributary.v1.ScheduleService.ListSchedules", () => {
  it("answers what project files ask for, by next time", async () => {
    const later = await push("0 0 1 1 *", "yearly");
    const sooner = await push("* * * * *", "busy");
    const listed = (await schedules().listSchedules({})).schedules;
    expect(listed.map(({ id }) => id)).toEqual([sooner.id, later.id]);
    expect(listed[0]).toMatchObject({
      projectName: "busy",
      taskName: "hello",
      cron: "* * * * *",
      problem: "",
      missedTicks: MissedTicks.RUN_LATEST,
      lastTaskId: 0,
    });
    expect(timestampMs(sooner.nextTime!)).toBeGreaterThan(Date.now() - 60_000);
  });

  it("is refused to workers", async () => {
    const asWorker = createClient(ScheduleService, server.transport({ name: "w", role: "worker" }));
    expect(await refusal(asWorker.listSchedules({}))).toMatchObject({ code: Code.PermissionDenied });
  });
});

rpc("tributary.v1.ScheduleService.GetSchedule", () => {
  it("tells the next times and what came of the past ones; an unknown one is refused", async () => {
    const schedule = await push();
    await makeDue(schedule);
    const told = await schedules().getSchedule({ id: schedule.id });
    const gaps = told.nextTimes.slice(1).map((time, index) => timestampMs(time) - timestampMs(told.nextTimes[index]!));
    expect(gaps).toEqual([300_000, 300_000, 300_000, 300_000]);
    expect(told.ticks[0]).toMatchObject({ outcome: TickOutcome.STARTED, taskId: told.schedule?.lastTaskId });
    expect(told.schedule?.lastTaskId).toBeGreaterThan(0);
    const { schedules: listed } = await schedules().listSchedules({});
    const lastTask = { id: told.schedule?.lastTaskId, title: "hello", state: TaskState.QUEUED };
    expect([told.schedule, listed.find(({ id }) => id === schedule.id)]).toMatchObject([{ lastTask }, { lastTask }]);
    expect(await refusal(schedules().getSchedule({ id: "nope" }))).toMatchObject(unknown);
  });
});

rpc("tributary.v1.ScheduleService.ListCalendar", () => {
  const hour = 3_600_000;
  const ask = (from: number, to: number) =>
    schedules().listCalendar({ fromTime: timestampFromMs(from), toTime: timestampFromMs(to) });

  it("tells what came of the times in a stretch and which are to come, by hours, without what is paused", async () => {
    const schedule = await push("*/10 * * * *", "calendar");
    const paused = await push("0 * * * *", "asleep");
    await schedules().pauseSchedule({ id: paused.id });
    await makeDue(schedule);
    const now = Math.floor(Date.now() / hour) * hour;
    const { entries, plannedUntilTime } = await ask(now - 2 * hour, now + 4 * hour);
    expect(plannedUntilTime && timestampMs(plannedUntilTime)).toBe(now + 4 * hour);
    const own = entries.filter(({ scheduleId }) => scheduleId === schedule.id);
    expect(entries.some(({ scheduleId }) => scheduleId === paused.id)).toBe(false);
    const { lastTaskId } = (await schedules().getSchedule({ id: schedule.id })).schedule!;
    const started = own.filter(({ outcome }) => outcome === TickOutcome.STARTED);
    expect(started).toMatchObject([{ count: 1, taskId: lastTaskId, taskState: TaskState.QUEUED }]);
    const planned = own.filter(({ outcome }) => outcome === TickOutcome.UNSPECIFIED);
    expect(planned.slice(-2)).toMatchObject([
      { time: timestampFromMs(now + 2 * hour), count: 3, more: true, taskId: 0 },
      { time: timestampFromMs(now + 3 * hour), count: 3, more: true },
    ]);
  });

  it("stops at an hour where there are too many times to come, and says which", async () => {
    for (let n = 0; n < 30; n++) await push("* * * * *", `often-${n}`);
    const now = Math.floor(Date.now() / hour) * hour;
    const { entries, plannedUntilTime } = await ask(now, now + 31 * 24 * hour);
    const until = timestampMs(plannedUntilTime!);
    expect(until).toBeGreaterThan(now + hour);
    expect(until).toBeLessThan(now + 31 * 24 * hour);
    expect(entries.every(({ time }) => timestampMs(time!) < until)).toBe(true);
  });

  it("refuses a stretch without an end, one that ends first, and one of more than 31 days", async () => {
    const now = Date.now();
    const invalid = (message: string) => ({ code: Code.InvalidArgument, message: expect.stringContaining(message) });
    const endless = schedules().listCalendar({ fromTime: timestampFromMs(now) });
    expect(await refusal(endless)).toMatchObject(invalid("to_time"));
    expect(await refusal(ask(now, now))).toMatchObject(invalid("is not after from_time"));
    expect(await refusal(ask(now, now + 32 * 24 * hour))).toMatchObject(invalid("more than 31 days"));
  });
});

rpc("tributary.v1.ScheduleService.PauseSchedule", () => {
  it("keeps who, when and why, and nothing is started; an unknown one and a long note are refused", async () => {
    const { id } = await push();
    const { schedule } = await schedules().pauseSchedule({ id, note: "the warehouse moves" });
    expect(schedule).toMatchObject({ pause: { by: "local", note: "the warehouse moves" } });
    expect(schedule?.nextTime).toBeUndefined();
    expect((await schedules().getSchedule({ id })).nextTimes).toEqual([]);
    expect(await refusal(schedules().pauseSchedule({ id: "nope" }))).toMatchObject(unknown);
    expect(await refusal(schedules().pauseSchedule({ id, note: "x".repeat(501) }))).toMatchObject({
      code: Code.InvalidArgument,
      message: expect.stringContaining("note"),
    });
  });
});

rpc("tributary.v1.ScheduleService.ResumeSchedule", () => {
  it("goes on with the next time; an unknown one is refused", async () => {
    const { id } = await push();
    await schedules().pauseSchedule({ id });
    const { schedule } = await schedules().resumeSchedule({ id });
    expect(schedule?.pause).toBeUndefined();
    expect(timestampMs(schedule!.nextTime!)).toBeGreaterThan(Date.now());
    expect(await refusal(schedules().resumeSchedule({ id: "nope" }))).toMatchObject(unknown);
  });
});

rpc("tributary.v1.ScheduleService.UpdateSchedule", () => {
  it("says what becomes of missed times; nothing said and an unknown one are refused", async () => {
    const { id } = await push();
    const { schedule } = await schedules().updateSchedule({ id, missedTicks: MissedTicks.SKIP });
    expect(schedule?.missedTicks).toBe(MissedTicks.SKIP);
    expect(await refusal(schedules().updateSchedule({ id }))).toMatchObject({
      code: Code.InvalidArgument,
      message: expect.stringContaining("missed_ticks"),
    });
    expect(await refusal(schedules().updateSchedule({ id: "nope", missedTicks: MissedTicks.SKIP }))).toMatchObject(
      unknown,
    );
  });
});

rpc("tributary.v1.ScheduleService.RunScheduleNow", () => {
  it("runs the task once, beside its times; an unknown one is refused", async () => {
    const { id } = await push();
    const { task } = await schedules().runScheduleNow({ id });
    const tasks = createClient(TaskService, server.transport());
    expect((await tasks.getTask({ id: task!.id })).task).toMatchObject({ title: "hello", projectName: "churn" });
    expect((await schedules().getSchedule({ id })).ticks).toEqual([]);
    expect(await refusal(schedules().runScheduleNow({ id: "nope" }))).toMatchObject(unknown);
  });
});

rpc("schedules beside other things", () => {
  it("are refused with the project when they cannot be read", async () => {
    const tasks = [{ ...hello, triggers: { schedule: "0 25 * * *" } }];
    expect(await refusal(ame().createProject({ cfg: { name: "p", tasks }, enableTriggers: true }))).toMatchObject({
      code: Code.InvalidArgument,
      message: expect.stringContaining('task hello: triggers.schedule: "0 25 * * *"'),
    });
  });

  it("are told to those who watch", async () => {
    const stop = new AbortController();
    const watch = createClient(WatchService, server.transport());
    const messages = watch.watch({ topics: [WatchTopic.SCHEDULES] }, { signal: stop.signal })[Symbol.asyncIterator]();
    await messages.next();
    const { id } = await push("0 0 * * *", "watched");
    expect((await messages.next()).value).toMatchObject({ schedulesChanged: true, workersChanged: false });
    await schedules().pauseSchedule({ id });
    expect((await messages.next()).value).toMatchObject({ schedulesChanged: true });
    stop.abort();
  });

  it("of a source are switched on by its settings, which AME's clients leave as they are", async () => {
    const sources = createClient(SourceService, server.transport());
    const settings = { repository: "https://git.invalid/a.git", runSchedules: true };
    const { source } = await sources.createSource({ settings });
    await ame().updateProjectSrc({
      id: { name: source!.id },
      cfg: { git: { repository: "https://git.invalid/b.git" } },
    });
    expect((await sources.getSource({ id: source!.id })).source?.settings).toMatchObject({
      repository: "https://git.invalid/b.git",
      runSchedules: true,
    });
  });
});
