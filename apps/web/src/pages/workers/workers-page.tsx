import { useQuery } from "@connectrpc/connect-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { type Worker, WorkerKind, WorkerService } from "@tributary/proto/tributary/v1/workers_pb";

import "#pages/parts/pages.css";
import { toMs } from "#api/time.ts";
import { formatBytes, formatCount } from "#lib/format.ts";
import { links } from "#pages/links.ts";
import { ActLink } from "#pages/parts/act-link.tsx";
import { LoadError } from "#pages/parts/load-error.tsx";
import { usePage } from "#pages/parts/use-page.ts";
import { workerState } from "#pages/parts/worker-words.ts";
import { workersStrings } from "#pages/strings/workers-strings.ts";
import { AddWorkers } from "#pages/workers/add-workers.tsx";
import { EmptyState } from "#ui/empty-state.tsx";
import { Link } from "#ui/link.tsx";
import { Meter, Slots } from "#ui/meter.tsx";
import { PageHead } from "#ui/page-head.tsx";
import { RelativeTime } from "#ui/relative-time.tsx";
import { StateLabel } from "#ui/state-glyph.tsx";
import type { Column } from "#ui/virtual-table/columns.ts";
import { VirtualTable } from "#ui/virtual-table/virtual-table.tsx";

const route = getRouteApi("/workers");
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
    id: "number",
    head: words.columns.number,
    width: "56px",
    minTable: 1000,
    numeric: true,
    cell: ({ number }) => <span className="faint">{number > 0 ? formatCount(number) : ""}</span>,
  },
  {
    id: "name",
    head: words.columns.name,
    width: "minmax(200px, 1.2fr)",
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
    minTable: 1320,
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
    width: "minmax(130px, 1fr)",
    minTable: 900,
    narrow: "note",
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
    minTable: 1320,
    cell: ({ version }) => <span className="faint">{version}</span>,
  },
];

function WorkerState({ worker }: { readonly worker: Worker }) {
  const [state, text] = workerState(worker);
  return <StateLabel state={state}>{text}</StateLabel>;
}

function WorkerName({ worker: { id, name, labels, kind, provided } }: { readonly worker: Worker }) {
  return (
    <span className="row worker-name">
      <Link className="medium cut worker-link" href={links.worker(id)}>
        {name}
      </Link>
      {kind === WorkerKind.SCITQ && <span className="tag">{words.speaksTaskqueue}</span>}
      {provided && <span className="tag">{[provided.provider, provided.flavor].filter(Boolean).join(" · ")}</span>}
      {Object.entries(labels).map(([key, value]) => (
        <span key={key} className="tag">
          {value === "" ? key : `${key}=${value}`}
        </span>
      ))}
    </span>
  );
}

function SlotCell({ worker: { name, online, slots, slotsUsed } }: { readonly worker: Worker }) {
  if (!online) return null;
  const said = words.slotsOf(name, slotsUsed, slots);
  return (
    <span className="row slot-cell">
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
      <Meter label={name} used={used / all} />
      <span className="tn dim small cut">{text}</span>
    </span>
  );
}

/** What it runs; of one that runs nothing, why, where somebody has said so. */
function TaskLinks({ worker: { taskIds, provided } }: { readonly worker: Worker }) {
  const shown = taskIds.slice(0, 3);
  if (shown.length === 0 && provided?.reason)
    return (
      <span className="dim small cut worker-reason" title={provided.reason}>
        {provided.reason}
      </span>
    );
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
  return at === undefined || at === 0 ? null : <RelativeTime at={at} />;
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

function AddLink() {
  return (
    <ActLink method={WorkerService.method.createWorkers} variant="primary" icon="plus" href={links.addWorkers()}>
      {words.add}
    </ActLink>
  );
}

/** The machines that run tasks, and how full they are. */
export function WorkersPage() {
  const { data, error, isRefetching, refetch } = useQuery(WorkerService.method.listWorkers, {});
  const workers = data?.workers.toSorted((a, b) => Number(b.online) - Number(a.online)) ?? [];
  const online = workers.filter((worker) => worker.online);
  const offline = workers.length - online.length;
  usePage(offline > 0 ? words.tab(formatCount(offline)) : words.title, [{ label: words.title }]);
  const { act } = route.useSearch();
  const navigate = useNavigate({ from: "/workers" });
  const close = () => void navigate({ search: (old) => ({ ...old, act: undefined }) });
  const slots = online.reduce((sum, worker) => sum + worker.slots, 0);
  const used = online.reduce((sum, worker) => sum + worker.slotsUsed, 0);
  const placeholder =
    error && !data ? (
      <LoadError error={error} busy={isRefetching} onRetry={() => void refetch()} />
    ) : (
      data && (
        <EmptyState
          icon="worker"
          title={words.emptyTitle}
          command={words.command(location.origin)}
          actions={<AddLink />}
        >
          {words.emptyText}
        </EmptyState>
      )
    );
  return (
    <>
      <PageHead
        title={words.title}
        lead={data ? words.lead(formatCount(online.length), formatCount(used), formatCount(slots)) : "\u00a0"}
        actions={<AddLink />}
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
      {act === "add" && <AddWorkers onClose={close} />}
    </>
  );
}
