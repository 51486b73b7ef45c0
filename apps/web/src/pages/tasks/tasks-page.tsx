import { getRouteApi, useNavigate, useRouter } from "@tanstack/react-router";
import { SourceService } from "@tributary/proto/tributary/v1/sources_pb";
import { type Task, TaskService } from "@tributary/proto/tributary/v1/tasks_pb";
import { useCallback, useMemo, useState } from "react";
import { ActLink } from "#pages/parts/act-link.tsx";
import { useWhyNot } from "#pages/parts/role-words.ts";

import "#pages/parts/pages.css";
import { formatCount } from "#lib/format.ts";
import { links } from "#pages/links.ts";
import { firstCommand } from "#pages/parts/first-command.ts";
import { LoadError } from "#pages/parts/load-error.tsx";
import { RunButton } from "#pages/parts/run-button.tsx";
import { hasEnded, titleOf } from "#pages/parts/task-words.ts";
import { usePage } from "#pages/parts/use-page.ts";
import { useTaskActs } from "#pages/parts/use-task-acts.ts";
import { useUsual } from "#pages/parts/use-usual.ts";
import { WaysToRun } from "#pages/parts/ways-to-run.tsx";
import { WhyDetail } from "#pages/parts/why-detail.tsx";
import { actsStrings } from "#pages/strings/acts-strings.ts";
import { tasksStrings } from "#pages/strings/tasks-strings.ts";
import {
  type ColumnName,
  hasFilters,
  type OrderName,
  startOf,
  type TaskSearch,
  toTaskFilter,
} from "#pages/task-search.ts";
import type { Aim } from "#pages/tasks/aim.ts";
import { BatchNotes } from "#pages/tasks/batch-notes.tsx";
import { BulkActs } from "#pages/tasks/bulk-acts.tsx";
import { ColumnChooser } from "#pages/tasks/column-chooser.tsx";
import { ListStart } from "#pages/tasks/list-start.tsx";
import { taskColumns } from "#pages/tasks/task-columns.tsx";
import { TaskFilters } from "#pages/tasks/task-filters.tsx";
import { TaskViews } from "#pages/tasks/task-views.tsx";
import { isUsual, useColumns } from "#pages/tasks/use-columns.ts";
import { useNewTasks } from "#pages/tasks/use-new-tasks.ts";
import { type TaskPages, useTaskPages } from "#pages/tasks/use-task-pages.ts";
import { Button, ButtonLink } from "#ui/button.tsx";
import { EmptyState } from "#ui/empty-state.tsx";
import { VirtualTable } from "#ui/virtual-table/virtual-table.tsx";

const route = getRouteApi("/tasks");
const words = tasksStrings;
const nothing: ReadonlySet<string> = new Set();

/** Every task of every API: filters in the address, rows that change in their place. */
export function TasksPage() {
  usePage(words.title, [{ label: words.title }]);
  const { run: _, ...search } = route.useSearch();
  const navigate = useNavigate({ from: "/tasks" });
  const change = useCallback(
    (patch: Partial<TaskSearch>) => void navigate({ search: (old) => ({ ...old, ...patch }), replace: true }),
    [navigate],
  );
  const { cols: _cols, view: _view, ...asked } = search;
  const pages = useTaskPages(asked);
  const { columns, keep } = useColumns(search.cols);
  const chooseColumns = (cols: readonly ColumnName[]) => {
    keep(cols);
    change({ cols: isUsual(cols) ? undefined : cols });
  };
  return (
    <>
      <h1 className="vh">{words.title}</h1>
      <TaskViews search={search} onView={(view) => change({ view })}>
        <RunButton size="small" variant="primary">
          {actsStrings.runTask}
        </RunButton>
      </TaskViews>
      <TaskFilters search={search} onChange={change} matches={<Matches pages={pages} />}>
        <ColumnChooser columns={columns} onChange={chooseColumns} />
      </TaskFilters>
      <BatchNotes />
      <TaskTable
        key={JSON.stringify(asked)}
        search={asked}
        shown={columns}
        pages={pages}
        onOrder={(order) => change({ order })}
        onStart={(at) => change({ at })}
      />
    </>
  );
}

function Matches({ pages }: { readonly pages: TaskPages }) {
  return pages.total === undefined ? null : words.match(countOf(pages), pages.total === 1);
}

function countOf({ total = 0, totalIsMinimum }: TaskPages): string {
  return totalIsMinimum ? words.atLeast(formatCount(total)) : formatCount(total);
}

const nextOrder: Record<string, readonly [OrderName, OrderName]> = {
  task: ["title", "title-down"],
  created: ["newest", "oldest"],
  ended: ["ended", "newest"],
};

function TaskTable({
  search,
  shown,
  pages,
  onOrder,
  onStart,
}: {
  readonly search: TaskSearch;
  readonly shown: readonly ColumnName[];
  readonly pages: TaskPages;
  readonly onOrder: (order: OrderName) => void;
  readonly onStart: (at: string | undefined) => void;
}) {
  const router = useRouter();
  const [selected, setSelected] = useState(nothing);
  const [opened, setOpened] = useState(nothing);
  const [allMatching, setAllMatching] = useState(false);
  const [visit, setVisit] = useState(0);
  const usual = useUsual();
  const fresh = useNewTasks({ ...pages, search });
  const order = search.order ?? "newest";
  const toggle = useCallback((task: Task) => setOpened((old) => toggled(old, String(task.id))), []);
  const columns = useMemo(
    () => taskColumns({ order, usual, opened, onToggleWhy: toggle }, shown),
    [order, usual, opened, toggle, shown],
  );
  const chosen = pages.rows.filter((task) => selected.has(String(task.id)));
  const select = (keys: ReadonlySet<string>) => {
    setSelected(keys);
    setAllMatching(false);
  };
  const matching = allMatching ? aimAtAll(search, pages) : undefined;
  const canSelectMatching = pages.hasMore && !allMatching && selected.size >= pages.rows.length;
  const sort = (id: string) => {
    const [first, second] = nextOrder[id] ?? ["newest", "oldest"];
    onOrder(order === first ? second : first);
  };
  const showNew = () => {
    fresh.clear();
    pages.reload();
    setVisit(visit + 1);
  };
  return (
    <VirtualTable
      key={visit}
      label={words.list}
      columns={columns}
      rows={pages.rows}
      rowKey={(task) => String(task.id)}
      rowName={titleOf}
      total={pages.hasMore ? Math.max(pages.total ?? 0, pages.rows.length + 1) : pages.rows.length}
      onOpen={(task) => router.history.push(links.task(task.id))}
      onSort={sort}
      selected={selected}
      onSelect={select}
      selectedWords={matching && words.bulk.allMatching(matching.count)}
      selectionActions={
        <>
          {canSelectMatching && (
            <Button size="small" variant="quiet" onClick={() => setAllMatching(true)}>
              {words.bulk.selectMatching(countOf(pages))}
            </Button>
          )}
          <BulkActs tasks={chosen} matching={matching} onDone={() => select(nothing)} />
        </>
      }
      expanded={opened}
      detail={(task) => <WhyDetail task={task} actions={<WhyActs task={task} />} />}
      onEndReached={pages.loadMore}
      loadingMore={pages.loadingMore}
      foot={
        <>
          <RunInFoot />
          <ListStart search={search} onStart={onStart} />
        </>
      }
      positionWords={positionWords(search, pages)}
      newCount={fresh.count}
      onShowNew={showNew}
      placeholder={<Placeholder pages={pages} search={search} />}
    />
  );
}

/** All that match, loaded or not. */
function aimAtAll(search: TaskSearch, pages: TaskPages): { readonly aim: Aim; readonly count: string } {
  return { aim: { case: "filter", value: toTaskFilter(search, pages.now) }, count: countOf(pages) };
}

/** How many there are is known up to a bound, and how many stand above a start is not. */
function positionWords(search: TaskSearch, pages: TaskPages) {
  if (startOf(search) !== undefined) return () => "";
  if (!pages.totalIsMinimum) return undefined;
  return (from: number, to: number) => words.rowsOf(formatCount(from), formatCount(to), countOf(pages));
}

/** Narrow screens have no room for it beside the views. */
function RunInFoot() {
  return (
    <span className="narrow-only">
      <RunButton size="small">{actsStrings.runTask}</RunButton>
    </span>
  );
}

function toggled(keys: ReadonlySet<string>, key: string): ReadonlySet<string> {
  const next = new Set(keys);
  if (!next.delete(key)) next.add(key);
  return next;
}

function WhyActs({ task }: { readonly task: Task }) {
  const acts = useTaskActs();
  const whyNot = useWhyNot(hasEnded(task) ? TaskService.method.retryTask : TaskService.method.cancelTask);
  return (
    <>
      <ButtonLink size="small" href={links.task(task.id)}>
        {hasEnded(task) ? actsStrings.openLog : actsStrings.openTask}
      </ButtonLink>
      <WaysToRun task={task} />
      {hasEnded(task) ? (
        <Button size="small" icon="retry" busy={acts.retrying} unavailable={whyNot} onClick={() => acts.retry(task.id)}>
          {actsStrings.runAgain}
        </Button>
      ) : (
        <Button
          size="small"
          icon="stop"
          busy={acts.cancelling}
          unavailable={whyNot}
          onClick={() => acts.cancel(task.id)}
        >
          {actsStrings.cancel}
        </Button>
      )}
    </>
  );
}

function Placeholder({ pages, search }: { readonly pages: TaskPages; readonly search: TaskSearch }) {
  if (pages.error) return <LoadError error={pages.error} busy={pages.reloading} onRetry={pages.reload} />;
  if (pages.loading) return null;
  if (hasFilters(search)) {
    return (
      <EmptyState
        icon="filter"
        title={words.noMatch.title}
        actions={<ButtonLink href={links.tasks()}>{words.noMatch.clear}</ButtonLink>}
      >
        {words.noMatch.text}
      </EmptyState>
    );
  }
  const actions = (
    <>
      <RunButton variant="primary">{actsStrings.runTask}</RunButton>
      <ActLink method={SourceService.method.createSource} href={links.addSource()}>
        {words.empty.addSource}
      </ActLink>
    </>
  );
  return (
    <EmptyState icon="tasks" title={words.empty.title} command={firstCommand()} actions={actions}>
      {words.empty.text}
    </EmptyState>
  );
}
