import { type CalendarEntry, type Schedule, TickOutcome } from "@tributary/proto/tributary/v1/schedules_pb";
import { TaskState } from "@tributary/proto/tributary/v1/tasks_pb";

import { toMs } from "#api/time.ts";
import { formatCount } from "#lib/format.ts";
import { links } from "#pages/links.ts";
import { isPlanned } from "#pages/schedules/week.ts";
import { schedulesStrings } from "#pages/strings/schedules-strings.ts";
import { Icon } from "#ui/icons.tsx";
import { Link } from "#ui/link.tsx";
import { type State, StateGlyph } from "#ui/state-glyph.tsx";

const words = schedulesStrings.week;

const outcomes: Partial<Record<TickOutcome, readonly [State, string]>> = {
  [TickOutcome.SKIPPED]: ["skipped", schedulesStrings.outcomes.skipped],
  [TickOutcome.MISSED]: ["lost", schedulesStrings.outcomes.missed],
  [TickOutcome.REFUSED]: ["failed", schedulesStrings.outcomes.refused],
};

const tasks: Partial<Record<TaskState, readonly [State, string]>> = {
  [TaskState.SUCCEEDED]: ["succeeded", words.succeeded],
  [TaskState.FAILED]: ["failed", words.failed],
  [TaskState.CANCELLED]: ["cancelled", words.cancelled],
  [TaskState.ACTIVE]: ["running", words.running],
  [TaskState.CANCELLING]: ["cancelling", words.running],
  [TaskState.WAITING]: ["waiting", words.waits],
  [TaskState.PAUSED]: ["paused", words.waits],
};

/** Times of one schedule in an hour, as one line: when, what, how often, and what became of them. */
export function WeekEntry(props: { readonly entry: CalendarEntry; readonly schedule: Schedule | undefined }) {
  const { entry, schedule } = props;
  const planned = isPlanned(entry);
  const [state, said] = standing(entry);
  const task = schedule?.taskName ?? entry.scheduleId;
  const at = words.clock.format(toMs(entry.time) ?? 0);
  const often = entry.more ? words.often(entry.count) : entry.count > 1 ? words.times(formatCount(entry.count)) : "";
  const title = [`${at} ${schedule ? `${schedule.projectName} / ${task}` : task}`, often, said, entry.message];
  const href = entry.taskId > 0 ? links.task(entry.taskId) : links.schedules(entry.scheduleId);
  return (
    <li className={planned ? "is-planned" : ""}>
      <Link href={href} title={title.filter(Boolean).join("\n")}>
        {planned ? <Icon name="clock" /> : <StateGlyph state={state} label={said} />}
        <span className="tn dim">{at}</span>
        <span className="cut">{task}</span>
        {often !== "" && <span className="faint nowrap">{often}</span>}
      </Link>
    </li>
  );
}

function standing({ outcome, taskState }: CalendarEntry): readonly [State, string] {
  if (outcome === TickOutcome.UNSPECIFIED) return ["queued", words.planned];
  return outcomes[outcome] ?? tasks[taskState] ?? ["queued", schedulesStrings.outcomes.started];
}
