import { useQuery } from "@connectrpc/connect-query";
import { type Task, TaskService, TaskState } from "@tributary/proto/tributary/v1/tasks_pb";

import { toMs } from "#api/time.ts";
import { formatDuration } from "#lib/format.ts";
import { links } from "#pages/links.ts";
import { LoadError } from "#pages/parts/load-error.tsx";
import { ScrollRegion } from "#pages/parts/scroll-region.tsx";
import { glyphOf, stateWord, titleOf } from "#pages/parts/task-words.ts";
import { workerStrings } from "#pages/strings/worker-strings.ts";
import { workersStrings } from "#pages/strings/workers-strings.ts";
import { Hold } from "#ui/hold.tsx";
import { Link } from "#ui/link.tsx";
import { MiniTable } from "#ui/mini-table.tsx";
import { RelativeTime } from "#ui/relative-time.tsx";
import { StateLabel } from "#ui/state-glyph.tsx";

const words = workerStrings;
const shown = 20;
/** Room for so many is kept while they are read. */
const usual = 5;
const took = { id: "took", head: words.columns.took, numeric: true, cell: tookOf } as const;

/** Tasks whose current or last attempt is a worker's, newest first. */
export function WorkerTasks(props: {
  readonly workerId: string;
  /** Only those that have not ended. */
  readonly running?: boolean;
  readonly label?: string;
}) {
  const { workerId, running = false, label = words.history } = props;
  const states = running ? [TaskState.ACTIVE, TaskState.CANCELLING] : [];
  const { data, error, isRefetching, refetch } = useQuery(TaskService.method.listTasks, {
    filter: { worker: workerId, states },
    pageSize: shown,
  });
  if (error && !data) return <LoadError error={error} busy={isRefetching} onRetry={() => void refetch()} />;
  if (!data) return <Hold rows={usual} />;
  if (data.tasks.length === 0) return <p className="dim">{running ? words.nothing : words.noHistory}</p>;
  return (
    <ScrollRegion label={label}>
      <MiniTable
        label={label}
        rows={data.tasks}
        rowKey={({ id }) => String(id)}
        columns={[
          {
            id: "state",
            head: words.columns.state,
            cell: (task) => <StateLabel state={glyphOf(task)}>{stateWord(task)}</StateLabel>,
          },
          {
            id: "task",
            head: words.columns.task,
            cell: (task) => <Link href={links.task(task.id)}>{titleOf(task)}</Link>,
          },
          {
            id: "made",
            head: words.columns.made,
            cell: ({ createTime }) => <RelativeTime at={toMs(createTime) ?? 0} suffix={workersStrings.ago} />,
          },
          ...(running ? [] : [took]),
        ]}
      />
    </ScrollRegion>
  );
}

function tookOf({ startTime, endTime }: Task) {
  const [from, to] = [toMs(startTime), toMs(endTime)];
  return from === undefined || to === undefined ? null : formatDuration(to - from);
}
