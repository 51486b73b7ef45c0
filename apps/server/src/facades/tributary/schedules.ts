import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import {
  type CalendarEntrySchema,
  type ScheduleSchema,
  type ScheduleService,
  type TickSchema,
  MissedTicks as WireMissedTicks,
  TickOutcome as WireOutcome,
} from "@tributary/proto/tributary/v1/schedules_pb";
import type { TaskSchema } from "@tributary/proto/tributary/v1/tasks_pb";
import { RefusedError } from "#core/errors.ts";
import type { Calendar } from "#core/ports/calendar.ts";
import type { Ports } from "#core/ports/index.ts";
import { type CalendarEntry, listCalendar } from "#core/schedules/list-calendar.ts";
import type { MissedTicks, Schedule, Tick, TickOutcome } from "#core/schedules/schedule.ts";
import {
  changeMissedTicks,
  knownSchedule,
  pauseSchedule,
  resumeSchedule,
  runScheduleNow,
} from "#core/schedules/schedules.ts";
import { fromState, fromTask } from "#facades/tributary/translate-tasks.ts";
import { principalOf } from "#rpc/auth.ts";
import { toPositionToken } from "#rpc/position.ts";

const timesTold = 5;

const missedTicks: Readonly<Record<MissedTicks, WireMissedTicks>> = {
  "run-latest": WireMissedTicks.RUN_LATEST,
  skip: WireMissedTicks.SKIP,
};

const outcomes: Readonly<Record<TickOutcome["kind"], WireOutcome>> = {
  started: WireOutcome.STARTED,
  skipped: WireOutcome.SKIPPED,
  missed: WireOutcome.MISSED,
  refused: WireOutcome.REFUSED,
};

function fromSchedule(
  schedule: Schedule,
  lastTask?: MessageInitShape<typeof TaskSchema>,
): MessageInitShape<typeof ScheduleSchema> {
  const { paused, nextAt } = schedule;
  return {
    id: schedule.id,
    projectId: schedule.projectId,
    projectName: schedule.projectName,
    taskName: schedule.taskName,
    cron: schedule.cron,
    problem: schedule.problem ?? "",
    missedTicks: missedTicks[schedule.missedTicks],
    lastTaskId: schedule.lastTaskId ?? 0,
    createTime: timestampFromMs(schedule.createdAt),
    ...(lastTask && { lastTask }),
    ...(nextAt === undefined || paused ? {} : { nextTime: timestampFromMs(nextAt) }),
    ...(paused ? { pause: { by: paused.by, time: timestampFromMs(paused.at), note: paused.note } } : {}),
  };
}

/** Schedules, each with how the task stands that it started last. */
async function withLastTasks({ store }: Pick<Ports, "store">, schedules: readonly Schedule[]) {
  const ids = schedules.flatMap(({ lastTaskId }) => lastTaskId ?? []);
  if (ids.length === 0) return schedules.map((schedule) => fromSchedule(schedule));
  const [tasks, { workers }] = await Promise.all([store.view.getTasks(ids), store.view.listWorkers()]);
  const known = new Map(tasks.map((task) => [task.id, task]));
  return schedules.map((schedule) => {
    const task = known.get(schedule.lastTaskId ?? 0);
    return fromSchedule(schedule, task && fromTask(task, workers));
  });
}

function fromTick({ at, firedAt, outcome }: Tick): MessageInitShape<typeof TickSchema> {
  return {
    time: timestampFromMs(at),
    fireTime: timestampFromMs(firedAt),
    outcome: outcomes[outcome.kind],
    ...ofOutcome(outcome),
  };
}

function ofOutcome(outcome: TickOutcome): { readonly taskId?: number; readonly message?: string } {
  return {
    ...(outcome.kind === "started" ? { taskId: outcome.taskId } : {}),
    ...(outcome.kind === "skipped" ? { taskId: outcome.unfinishedTaskId } : {}),
    ...(outcome.kind === "refused" ? { message: outcome.message } : {}),
  };
}

function toMissedTicks(wire: WireMissedTicks): MissedTicks {
  if (wire === WireMissedTicks.RUN_LATEST) return "run-latest";
  if (wire === WireMissedTicks.SKIP) return "skip";
  throw new RefusedError("invalid", "missed_ticks: is neither RUN_LATEST nor SKIP; send one", "missed_ticks");
}

function nextTimes(calendar: Calendar, { nextAt, cron, paused }: Schedule): readonly number[] {
  const times: number[] = [];
  for (
    let at = paused ? undefined : nextAt;
    at !== undefined && times.length < timesTold;
    at = calendar.next(cron, at)
  ) {
    times.push(at);
  }
  return times;
}

function fromCalendarEntry(entry: CalendarEntry): MessageInitShape<typeof CalendarEntrySchema> {
  const { scheduleId, at, count, more, outcome, taskState } = entry;
  return {
    scheduleId,
    time: timestampFromMs(at),
    count,
    more,
    ...(outcome ? { outcome: outcomes[outcome.kind], ...ofOutcome(outcome) } : {}),
    ...(taskState ? { taskState: fromState(taskState) } : {}),
  };
}

export function scheduleHandlers(ports: Ports): ServiceImpl<typeof ScheduleService> {
  const { store, calendar } = ports;
  return {
    async listSchedules() {
      const { schedules, position } = await store.view.listSchedules();
      return { schedules: await withLastTasks(ports, schedules), position: toPositionToken(position) };
    },
    async getSchedule({ id }) {
      const schedule = await store.transact(knownSchedule, id);
      const ticks = await store.view.listTicks(id);
      const [told] = await withLastTasks(ports, [schedule]);
      return {
        ...(told && { schedule: told }),
        nextTimes: nextTimes(calendar, schedule).map(timestampFromMs),
        ticks: ticks.map(fromTick),
      };
    },
    async listCalendar({ fromTime, toTime }) {
      const stretch = { from: timestampMs(fromTime!), to: timestampMs(toTime!) };
      const { entries, plannedUntil } = await listCalendar(ports, stretch);
      return { entries: entries.map(fromCalendarEntry), plannedUntilTime: timestampFromMs(plannedUntil) };
    },
    async pauseSchedule({ id, note }, context) {
      return { schedule: fromSchedule(await pauseSchedule(ports, { id, note, by: principalOf(context).name })) };
    },
    async resumeSchedule({ id }) {
      return { schedule: fromSchedule(await resumeSchedule(ports, id)) };
    },
    async updateSchedule(request) {
      const wanted = { id: request.id, missedTicks: toMissedTicks(request.missedTicks) };
      return { schedule: fromSchedule(await changeMissedTicks(ports, wanted)) };
    },
    async runScheduleNow({ id }, context) {
      const task = await runScheduleNow(ports, { id, by: principalOf(context).name });
      return { task: fromTask(task, (await store.view.listWorkers()).workers) };
    },
  };
}
