import { useQuery } from "@connectrpc/connect-query";
import { type Worker, WorkerService } from "@tributary/proto/tributary/v1/workers_pb";

import "#pages/parts/pages.css";
import { toMs } from "#api/time.ts";
import { formatBytes, formatCount } from "#lib/format.ts";
import { links } from "#pages/links.ts";
import { LoadError } from "#pages/parts/load-error.tsx";
import { usePage } from "#pages/parts/use-page.ts";
import { workersStrings } from "#pages/strings/workers-strings.ts";
import { EmptyState } from "#ui/empty-state.tsx";
import { Link } from "#ui/link.tsx";
import { Meter, Slots } from "#ui/meter.tsx";
import { PageHead } from "#ui/page-head.tsx";
import { RelativeTime } from "#ui/relative-time.tsx";
import { StateLabel } from "#ui/state-glyph.tsx";
import type { Column } from "#ui/virtual-table/columns.ts";
import { VirtualTable } from "#ui/virtual-table/virtual-table.tsx";

const words = workersStrings;

const columns: readonly Column<Worker>[] = [
  {
    id: "state",
    head: words.columns.state,
    width: "100px",
    narrow: "state",
    cell: (worker) => <WorkerState worker={worker} />,
  },
  {
    id: "name",
    head: words.columns.name,
    width: "minmax(120px, 1fr)",
    narrow: "title",
    cell: (worker) => <WorkerName worker={worker} />,
  },
  {
    id: "slots",
    head: words.columns.slots,
    width: "150px",
    narrow: "sub",
    cell: (worker) => <SlotCell worker={worker} />,
  },
  {
    id: "cpu",
    head: words.columns.cpu,
    width: "148px",
    minTable: 760,
    cell: ({ name, cpuMillis, cpuMillisUsed }) => (
      <Held
        name={words.cpuOf(name)}
        used={Number(cpuMillisUsed)}
        all={Number(cpuMillis)}
        text={words.cpus(Number(cpuMillisUsed) / 1000, Number(cpuMillis) / 1000)}
      />
    ),
  },
  {
    id: "memory",
    head: words.columns.memory,
    width: "206px",
    minTable: 760,
    cell: ({ name, memoryBytes, memoryBytesUsed }) => (
      <Held
        name={words.memoryOf(name)}
        used={Number(memoryBytesUsed)}
        all={Number(memoryBytes)}
        text={`${formatBytes(Number(memoryBytesUsed))} ${words.of} ${formatBytes(Number(memoryBytes))}`}
      />
    ),
  },
  {
    id: "disk",
    head: words.columns.disk,
    width: "150px",
    minTable: 1100,
    cell: ({ disk }) =>
      disk && (
        <span className="tn dim small cut" title={words.environments(formatBytes(Number(disk.environmentsBytes)))}>
          {words.free(formatBytes(Number(disk.freeBytes)), formatBytes(Number(disk.totalBytes)))}
        </span>
      ),
  },
  {
    id: "tasks",
    head: words.columns.tasks,
    width: "minmax(80px, 150px)",
    minTable: 1000,
    cell: (worker) => <TaskLinks worker={worker} />,
  },
  {
    id: "seen",
    head: words.columns.seen,
    width: "84px",
    narrow: "end",
    cell: (worker) => <Seen at={toMs(worker.lastSeenTime)} />,
  },
  {
    id: "version",
    head: words.columns.version,
    width: "64px",
    minTable: 1100,
    cell: ({ version }) => <span className="faint">{version}</span>,
  },
];

function WorkerState({ worker }: { readonly worker: Worker }) {
  if (!worker.online) return <StateLabel state="lost">{words.offline}</StateLabel>;
  return worker.slotsUsed > 0 ? (
    <StateLabel state="running">{words.busy}</StateLabel>
  ) : (
    <StateLabel state="idle">{words.idle}</StateLabel>
  );
}

function WorkerName({ worker: { name, labels } }: { readonly worker: Worker }) {
  return (
    <span className="row">
      <span className="medium cut">{name}</span>
      {Object.entries(labels).map(([key, value]) => (
        <span key={key} className="tag">
          {value === "" ? key : `${key}=${value}`}
        </span>
      ))}
    </span>
  );
}

function SlotCell({ worker: { name, slots, slotsUsed } }: { readonly worker: Worker }) {
  const said = words.slotsOf(name, slotsUsed, slots);
  return (
    <span className="row">
      {slots <= 12 && <Slots taken={slotsUsed} total={slots} label={said} />}
      <span className="tn dim">
        {slotsUsed} {words.of} {slots}
      </span>
    </span>
  );
}

function Held({
  name,
  used,
  all,
  text,
}: {
  readonly name: string;
  readonly used: number;
  readonly all: number;
  readonly text: string;
}) {
  if (all === 0) return null;
  return (
    <span className="held-cell">
      <span className="tn dim small cut">{text}</span>
      <Meter label={name} used={used / all} />
    </span>
  );
}

function TaskLinks({ worker: { taskIds } }: { readonly worker: Worker }) {
  const shown = taskIds.slice(0, 3);
  return (
    <span className="row cut small">
      {shown.map((id) => (
        <Link key={id} className="mono" href={links.task(id)}>
          #{id}
        </Link>
      ))}
      {taskIds.length > shown.length && <span className="faint">{words.moreTasks(taskIds.length - shown.length)}</span>}
    </span>
  );
}

function Seen({ at }: { readonly at: number | undefined }) {
  return at === undefined ? null : <RelativeTime at={at} />;
}

/** What a worker cannot have the kernel do, and why. */
function Explanations({ workers }: { readonly workers: readonly Worker[] }) {
  const told = workers.filter(({ limits }) => limits !== undefined && limits.explanation !== "");
  if (told.length === 0) return null;
  return (
    <div className="page-body dim small">
      {told.map(({ id, name, limits }) => (
        <p key={id}>
          <b>{name}</b> {words.watched(limits?.explanation ?? "")}
        </p>
      ))}
    </div>
  );
}

/** The machines that run tasks, and how full they are. */
export function WorkersPage() {
  const { data, error, isRefetching, refetch } = useQuery(WorkerService.method.listWorkers, {});
  const workers = data?.workers.toSorted((a, b) => Number(b.online) - Number(a.online)) ?? [];
  const online = workers.filter((worker) => worker.online);
  const offline = workers.length - online.length;
  usePage(offline > 0 ? words.tab(formatCount(offline)) : words.title, [{ label: words.title }]);
  const slots = online.reduce((sum, worker) => sum + worker.slots, 0);
  const used = online.reduce((sum, worker) => sum + worker.slotsUsed, 0);
  const placeholder =
    error && !data ? (
      <LoadError error={error} busy={isRefetching} onRetry={() => void refetch()} />
    ) : (
      data && (
        <EmptyState icon="worker" title={words.emptyTitle} command={words.command(location.origin)}>
          {words.emptyText}
        </EmptyState>
      )
    );
  return (
    <>
      <PageHead
        title={words.title}
        lead={data ? words.lead(formatCount(online.length), formatCount(used), formatCount(slots)) : "\u00a0"}
      />
      <VirtualTable
        label={words.title}
        columns={columns}
        rows={workers}
        rowKey={({ id }) => id}
        rowName={({ name }) => name}
        placeholder={placeholder}
      />
      <Explanations workers={online} />
    </>
  );
}
