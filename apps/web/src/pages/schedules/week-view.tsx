import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { useQuery } from "@connectrpc/connect-query";
import { keepPreviousData } from "@tanstack/react-query";
import { type Schedule, ScheduleService } from "@tributary/proto/tributary/v1/schedules_pb";
import { type CSSProperties, useMemo } from "react";

import "#pages/schedules/week.css";
import { toMs } from "#api/time.ts";
import { formatDateTime } from "#lib/format.ts";
import { links } from "#pages/links.ts";
import { LoadError } from "#pages/parts/load-error.tsx";
import { addDays, dayText, hoursOf, layWeek, type WeekDay, weekStart } from "#pages/schedules/week.ts";
import { WeekEntry } from "#pages/schedules/week-entry.tsx";
import { schedulesStrings } from "#pages/strings/schedules-strings.ts";
import { ButtonLink } from "#ui/button.tsx";
import { useNow } from "#ui/use-now.ts";

const words = schedulesStrings.week;
/** The states of tasks are read again so often, in ms; times as they change. */
const look = 30_000;
const minute = 60_000;

/** A week by the reader's clock: what came round and what became of it, and what is to come. */
export function WeekView({ start, schedules }: { readonly start: number; readonly schedules: readonly Schedule[] }) {
  const end = addDays(start, 7);
  const { data, error, isRefetching, refetch } = useQuery(
    ScheduleService.method.listCalendar,
    { fromTime: timestampFromMs(start), toTime: timestampFromMs(end) },
    { refetchInterval: look, placeholderData: keepPreviousData },
  );
  const days = useMemo(() => layWeek(start, data?.entries ?? []), [start, data]);
  const names = useMemo(() => new Map(schedules.map((schedule) => [schedule.id, schedule])), [schedules]);
  const now = useNow(() => minute);
  if (error && !data) return <LoadError error={error} busy={isRefetching} onRetry={() => void refetch()} />;
  const until = toMs(data?.plannedUntilTime) ?? end;
  const hours = hoursOf(days);
  return (
    <div className="week-body">
      <WeekBar start={start} now={now} />
      <div className="week" style={{ "--hours": hours.length } as CSSProperties}>
        {hours.map((hour, row) => (
          <span key={hour} className="week-hour tn faint" aria-hidden="true" style={{ gridRow: row + 2 }}>
            {words.hour(hour)}
          </span>
        ))}
        {days.map((day, column) => (
          <Day key={day.start} day={day} column={column} first={hours[0] ?? 0} now={now} names={names} />
        ))}
      </div>
      {until < end && <p className="dim small week-note">{words.until(formatDateTime(until))}</p>}
    </div>
  );
}

function WeekBar({ start, now }: { readonly start: number; readonly now: number }) {
  const week = (at: number) => links.scheduleWeek(dayText(at));
  const [first, last] = [start, addDays(start, 6)].map((at) => words.date.format(at));
  return (
    <div className="week-bar row">
      <h2>{words.span(first ?? "", last ?? "")}</h2>
      <span className="grow" />
      <ButtonLink size="small" icon="left" href={week(addDays(start, -7))}>
        {words.before}
      </ButtonLink>
      {start !== weekStart(now) && (
        <ButtonLink size="small" href={links.scheduleWeek()}>
          {words.today}
        </ButtonLink>
      )}
      <ButtonLink size="small" icon="right" href={week(addDays(start, 7))}>
        {words.after}
      </ButtonLink>
    </div>
  );
}

function Day(props: {
  readonly day: WeekDay;
  readonly column: number;
  readonly first: number;
  readonly now: number;
  readonly names: ReadonlyMap<string, Schedule>;
}) {
  const { day, column, first, now, names } = props;
  const end = addDays(day.start, 1);
  const isToday = day.start <= now && now < end;
  const state = isToday ? "is-today" : end <= now ? "is-past" : "";
  const label = words.day.format(day.start);
  return (
    <section className={`week-day ${state}`} style={{ gridColumn: column + 2 }} aria-label={label}>
      <h3>
        {label}
        {isToday && <span className="vh"> {words.isToday}</span>}
      </h3>
      {day.hours.length === 0 && <p className="faint small week-none">{words.none}</p>}
      {day.hours.map(({ hour, entries }) => (
        <ul key={hour} style={{ gridRow: hour - first + 2 }}>
          {entries.map((entry) => (
            <WeekEntry
              key={`${entry.scheduleId} ${entry.outcome} ${entry.taskState} ${toMs(entry.time)}`}
              entry={entry}
              schedule={names.get(entry.scheduleId)}
            />
          ))}
        </ul>
      ))}
    </section>
  );
}
