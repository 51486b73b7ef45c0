import type { Task } from "@tributary/proto/tributary/v1/tasks_pb";

import { toMs } from "#api/time.ts";
import { formatDuration } from "#lib/format.ts";
import { links } from "#pages/links.ts";
import { LabelLinks } from "#pages/parts/label-links.tsx";
import { dialectWord, glyphOf, runOf, stateWord, titleOf, whyOf } from "#pages/parts/task-words.ts";
import { tasksStrings } from "#pages/strings/tasks-strings.ts";
import { type ColumnName, columnNames, type OrderName } from "#pages/task-search.ts";
import { Link } from "#ui/link.tsx";
import { DurationBar } from "#ui/meter.tsx";
import { RelativeTime } from "#ui/relative-time.tsx";
import { StateLabel } from "#ui/state-glyph.tsx";
import { useNow } from "#ui/use-now.ts";
import type { Column } from "#ui/virtual-table/columns.ts";

export interface ColumnContext {
  readonly order: OrderName;
  readonly usual: (title: string) => number | undefined;
  readonly opened: ReadonlySet<string>;
  readonly onToggleWhy: (task: Task) => void;
}

const words = tasksStrings.columns;

/** What a list of tasks can show of each, in its order. */
export function taskColumns(context: ColumnContext, chosen: readonly ColumnName[]): readonly Column<Task>[] {
  const { order, opened, onToggleWhy } = context;
  const name: Column<Task> = {
    id: "task",
    head: words.task,
    width: "minmax(140px, 1fr)",
    narrow: "title",
    sortable: true,
    ...sorted(order, "title", "title-down"),
    cell: (task) => <TaskName task={task} open={opened.has(String(task.id))} onToggleWhy={onToggleWhy} />,
  };
  const columns = { ...plainColumns(), ...timeColumns(context) };
  const [state, ...others] = columnNames.filter((each) => chosen.includes(each));
  // the state stands before the name, all others after it
  const ordered = state === "state" ? [columns.state, name] : state ? [name, columns[state]] : [name];
  return [...ordered, ...others.map((each) => columns[each])];
}

type Columns<Name extends ColumnName> = Readonly<Record<Name, Column<Task>>>;
type TimeColumn = "created" | "ended" | "duration";

function plainColumns(): Columns<Exclude<ColumnName, TimeColumn>> {
  const dim = (text: string) => <span className="dim cut">{text}</span>;
  return {
    state: {
      id: "state",
      head: words.state,
      width: "116px",
      narrow: "state",
      cell: (task) => <StateLabel state={glyphOf(task)}>{stateWord(task)}</StateLabel>,
    },
    project: {
      id: "project",
      head: words.project,
      width: "136px",
      narrow: "sub",
      cell: ({ projectName }) => dim(projectName),
    },
    api: {
      id: "api",
      head: words.api,
      width: "88px",
      narrow: "note",
      cell: ({ dialect }) => dim(dialectWord(dialect)),
    },
    id: { id: "id", head: words.id, width: "84px", numeric: true, minTable: 800, cell: ({ id }) => id },
    by: { id: "by", head: words.by, width: "108px", minTable: 800, cell: ({ creator }) => dim(creator) },
    worker: {
      id: "worker",
      head: words.worker,
      width: "108px",
      minTable: 940,
      cell: ({ workerName, workerId }) => dim(workerName || workerId),
    },
    exit: { id: "exit", head: words.exit, width: "44px", numeric: true, minTable: 800, cell: (task) => task.exitCode },
    commit: {
      id: "commit",
      head: words.commit,
      width: "72px",
      minTable: 940,
      cell: ({ commit }) => <code className="dim">{commit.slice(0, 7)}</code>,
    },
    try: {
      id: "try",
      head: words.attempt,
      width: "28px",
      numeric: true,
      minTable: 1000,
      cell: ({ attempt }) => attempt || "",
    },
    labels: {
      id: "labels",
      head: words.labels,
      width: "minmax(120px, 0.6fr)",
      minTable: 800,
      cell: ({ labels }) => labels.length > 0 && <LabelLinks labels={labels} most={2} />,
    },
  };
}

function timeColumns({ order, usual }: ColumnContext): Columns<TimeColumn> {
  return {
    created: {
      id: "created",
      head: words.created,
      width: "84px",
      minTable: 800,
      sortable: true,
      ...sorted(order, "oldest", "newest"),
      cell: ({ createTime }) => <TimeAgo at={toMs(createTime)} />,
    },
    ended: {
      id: "ended",
      head: words.ended,
      width: "84px",
      minTable: 800,
      sortable: true,
      ...(order === "ended" && { sorted: "descending" }),
      cell: ({ endTime }) => <TimeAgo at={toMs(endTime)} />,
    },
    duration: {
      id: "duration",
      head: (
        <>
          {words.duration} <span className="faint">| {words.usual}</span>
        </>
      ),
      width: "134px",
      narrow: "end",
      cell: (task) => <RunTime task={task} usual={usual(task.title)} />,
    },
  };
}

function sorted(order: OrderName, up: OrderName, down: OrderName) {
  return { sorted: order === up ? ("ascending" as const) : order === down ? ("descending" as const) : undefined };
}

function TaskName({
  task,
  open,
  onToggleWhy,
}: {
  readonly task: Task;
  readonly open: boolean;
  readonly onToggleWhy: (task: Task) => void;
}) {
  const why = whyOf(task);
  return (
    <span className="td-task">
      <Link className="name" href={links.task(task.id)} title={titleOf(task)}>
        {titleOf(task)}
      </Link>
      {why && (
        <button type="button" className="why why-button" aria-expanded={open} onClick={() => onToggleWhy(task)}>
          {why}
        </button>
      )}
    </span>
  );
}

function TimeAgo({ at }: { readonly at: number | undefined }) {
  return at === undefined ? null : <RelativeTime at={at} />;
}

function RunTime({ task, usual }: { readonly task: Task; readonly usual: number | undefined }) {
  const run = runOf(task);
  const now = useNow(() => (run && run.to === undefined ? 1000 : undefined));
  if (run === undefined) return null;
  const ms = (run.to ?? Math.max(now, run.from)) - run.from;
  return (
    <DurationBar ms={ms} usual={usual} state={glyphOf(task)}>
      {formatDuration(ms)}
    </DurationBar>
  );
}
