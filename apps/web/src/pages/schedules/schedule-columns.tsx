import type { Schedule } from "@tributary/proto/tributary/v1/schedules_pb";

import { toMs } from "#api/time.ts";
import { links } from "#pages/links.ts";
import { glyphOf, stateWord } from "#pages/parts/task-words.ts";
import { cronWords } from "#pages/schedules/cron-words.ts";
import { ScheduleActs } from "#pages/schedules/schedule-acts.tsx";
import { schedulesStrings } from "#pages/strings/schedules-strings.ts";
import { Icon } from "#ui/icons.tsx";
import { Link } from "#ui/link.tsx";
import { RelativeTime } from "#ui/relative-time.tsx";
import { StateGlyph, StateLabel } from "#ui/state-glyph.tsx";
import type { Column } from "#ui/virtual-table/columns.ts";

const words = schedulesStrings;

/** What the list tells of each schedule, and what can be done with it. */
export function scheduleColumns(onPause: (schedule: Schedule) => void): readonly Column<Schedule>[] {
  return [
    {
      id: "state",
      head: words.columns.state,
      width: "120px",
      narrow: "state",
      cell: (schedule) => <ScheduleState schedule={schedule} />,
    },
    {
      id: "task",
      head: words.columns.task,
      width: "minmax(200px, 1fr)",
      narrow: "title",
      cell: (schedule) => <TaskName schedule={schedule} />,
    },
    {
      id: "cron",
      head: words.columns.cron,
      width: "minmax(110px, 380px)",
      narrow: "sub",
      cell: (schedule) => <When cron={schedule.cron} />,
    },
    {
      id: "next",
      head: words.columns.next,
      width: "96px",
      narrow: "note",
      cell: ({ nextTime, pause }) => (pause ? null : <At at={toMs(nextTime)} />),
    },
    {
      id: "last",
      head: words.columns.last,
      width: "168px",
      minTable: 680,
      cell: (schedule) => <LastRun schedule={schedule} />,
    },
    {
      id: "acts",
      head: <span className="vh">{words.columns.acts}</span>,
      width: "124px",
      narrow: "end",
      cell: (schedule) => <ScheduleActs schedule={schedule} onPause={onPause} />,
    },
  ];
}

function ScheduleState({ schedule: { pause, problem, nextTime } }: { readonly schedule: Schedule }) {
  if (pause) return <StateLabel state="paused">{words.paused}</StateLabel>;
  if (problem !== "") return <StateLabel state="problem">{words.broken}</StateLabel>;
  return nextTime ? (
    <span className="row">
      <Icon name="clock" className="faint" />
      <span className="state-word">{words.active}</span>
    </span>
  ) : (
    <StateLabel state="idle">{words.over}</StateLabel>
  );
}

function TaskName({ schedule: { projectId, projectName, taskName, pause, problem } }: { readonly schedule: Schedule }) {
  const why = pause ? pause.note || words.pausedBy(pause.by) : problem;
  return (
    <span className="td-task">
      <Link className="name" href={links.project(projectId)}>
        {projectName} / {taskName}
      </Link>
      <span className="why" title={why}>
        {why}
      </span>
    </span>
  );
}

/** In words, then the five fields and the time zone that they are in. */
function When({ cron }: { readonly cron: string }) {
  const { words: said, fields, zone } = cronWords(cron);
  return (
    <span className="cut" title={`${said ?? ""}\n${fields} ${zone}`.trim()}>
      {said} <span className={`mono faint small${said ? " cron-fields" : ""}`}>{fields}</span>{" "}
      <span className="faint small">{zone}</span>
    </span>
  );
}

function At({ at }: { readonly at: number | undefined }) {
  return at === undefined ? <span className="faint">{words.never}</span> : <RelativeTime at={at} />;
}

/** How the task stands that it started last, and when that was. */
function LastRun({ schedule: { lastTaskId, lastTask } }: { readonly schedule: Schedule }) {
  if (lastTaskId === 0) return <span className="faint">{words.never}</span>;
  const at = toMs(lastTask?.createTime);
  return (
    <span className="row cut">
      {lastTask && <StateGlyph state={glyphOf(lastTask)} label={stateWord(lastTask)} />}
      <Link className="mono" href={links.task(lastTaskId)}>
        #{lastTaskId}
      </Link>
      {at !== undefined && (
        <span className="faint small">
          <RelativeTime at={at} suffix={words.ago} />
        </span>
      )}
    </span>
  );
}
