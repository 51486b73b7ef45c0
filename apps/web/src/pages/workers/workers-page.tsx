import { useQuery } from "@connectrpc/connect-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { TaskState } from "@tributary/proto/tributary/v1/tasks_pb";
import { type Worker, WorkerService } from "@tributary/proto/tributary/v1/workers_pb";
import { useMemo } from "react";

import "#pages/parts/pages.css";
import "#pages/workers/workers.css";
import { formatCount } from "#lib/format.ts";
import { links } from "#pages/links.ts";
import { ActLink } from "#pages/parts/act-link.tsx";
import { LoadError } from "#pages/parts/load-error.tsx";
import { usePage } from "#pages/parts/use-page.ts";
import { useTaskTotal } from "#pages/parts/use-task-total.ts";
import { workersStrings } from "#pages/strings/workers-strings.ts";
import { AddWorkers } from "#pages/workers/add-workers.tsx";
import { GroupHead, GroupRest } from "#pages/workers/group-lines.tsx";
import { useFolds } from "#pages/workers/use-folds.ts";
import { workerColumns } from "#pages/workers/worker-columns.tsx";
import { WorkerDetail } from "#pages/workers/worker-detail.tsx";
import { groupWorkers, linesOf, sumSlots, troubleText, type WorkerLine } from "#pages/workers/worker-groups.ts";
import { LoadLegend } from "#pages/workers/worker-load.tsx";
import { EmptyState } from "#ui/empty-state.tsx";
import { PageHead } from "#ui/page-head.tsx";
import { VirtualTable } from "#ui/virtual-table/virtual-table.tsx";

const route = getRouteApi("/workers");
const words = workersStrings;

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

/** The machines that run tasks, in groups of their kind, and how full they are. */
export function WorkersPage() {
  const { data, error, isRefetching, refetch } = useQuery(WorkerService.method.listWorkers, {});
  const providers = useQuery(WorkerService.method.listProviders, {}).data?.providers;
  const workers = data?.workers ?? [];
  const online = workers.filter((worker) => worker.online);
  const offline = workers.length - online.length;
  usePage(offline > 0 ? words.tab(formatCount(offline)) : words.title, [{ label: words.title }]);
  const { act, open, provider, flavor } = route.useSearch();
  const navigate = useNavigate({ from: "/workers" });
  const close = () =>
    void navigate({ search: (old) => ({ ...old, act: undefined, provider: undefined, flavor: undefined }) });
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
  const groups = useMemo(() => groupWorkers(data?.workers ?? [], providers ?? []), [data, providers]);
  const { folds, fold, showWhole } = useFolds();
  const lines = useMemo(() => linesOf(groups, folds), [groups, folds]);
  const queued = useTaskTotal({ states: [TaskState.QUEUED] });
  const columns = useMemo(() => workerColumns(queued), [queued]);
  const expanded = useMemo(() => new Set(open === undefined ? [] : [open]), [open]);
  const toggle = (line: WorkerLine) => {
    if (line.kind === "group") fold(line.group.key);
    else if (line.kind === "rest") showWhole(line.group.key);
    else {
      const { id } = line.worker;
      void navigate({ search: (old) => ({ ...old, open: old.open === id ? undefined : id }), replace: true });
    }
  };
  return (
    <>
      <PageHead
        title={data ? <HeadTitle online={online} /> : words.title}
        lead={<Lead workers={workers} />}
        actions={<AddLink />}
      />
      <VirtualTable
        label={words.title}
        columns={columns}
        rows={lines}
        rowKey={({ key }) => key}
        rowName={(line) => (line.kind === "worker" ? line.worker.name : line.group.name)}
        section={(line) =>
          line.kind === "group" ? (
            <GroupHead line={line} onFold={() => toggle(line)} />
          ) : line.kind === "rest" ? (
            <GroupRest line={line} onShow={() => toggle(line)} />
          ) : undefined
        }
        expanded={expanded}
        detail={(line) => line.kind === "worker" && <WorkerDetail worker={line.worker} />}
        onOpen={toggle}
        positionWords={() => words.groups.foot(formatCount(workers.length), formatCount(groups.length))}
        placeholder={placeholder}
      />
      <Explanations workers={online} />
      {act === "add" && <AddWorkers like={{ provider, flavor }} onClose={close} />}
    </>
  );
}

function HeadTitle({ online }: { readonly online: readonly Worker[] }) {
  const { used, all } = sumSlots(online);
  return words.head(formatCount(used), formatCount(all), formatCount(online.length));
}

function Lead({ workers }: { readonly workers: readonly Worker[] }) {
  const trouble = troubleText(workers);
  return (
    <>
      {trouble} <LoadLegend />
    </>
  );
}
