import { useQuery } from "@connectrpc/connect-query";
import { SavedViewService } from "@tributary/proto/tributary/v1/saved_views_pb";
import type { ReactNode } from "react";

import { links } from "#pages/links.ts";
import { useTaskTotal } from "#pages/parts/use-task-total.ts";
import { tasksStrings } from "#pages/strings/tasks-strings.ts";
import { filtersOf, type TaskSearch, toTaskFilter } from "#pages/task-search.ts";
import { differs, searchOf } from "#pages/tasks/saved-view.ts";
import { ViewActs } from "#pages/tasks/view-acts.tsx";
import { ViewLinks } from "#ui/view-links.tsx";

interface View {
  readonly label: string;
  readonly search: TaskSearch;
}

const views: readonly View[] = [
  { label: tasksStrings.viewAll, search: {} },
  { label: tasksStrings.viewRunning, search: { state: ["running", "cancelling"] } },
  { label: tasksStrings.viewPending, search: { state: ["waiting", "queued"] } },
  { label: tasksStrings.viewFailed, search: { state: ["failed"], since: "24h" } },
];

/** The lists most often asked for, with how many are in each, and those that the team has saved. */
export function TaskViews({
  search,
  onView,
  children,
}: {
  readonly search: TaskSearch;
  readonly onView: (id: string | undefined) => void;
  readonly children: ReactNode;
}) {
  const { project } = search;
  const counts = useViewCounts(project);
  const { data } = useQuery(SavedViewService.method.listSavedViews, { page: "tasks" });
  const saved = data?.views ?? [];
  const view = saved.find(({ id }) => id === search.view);
  const here = links.tasks({ ...filtersOf(search) });
  const builtIn = views.map(({ label, search: shown }, index) => ({
    href: links.tasks({ ...shown, project }),
    label,
    count: counts[index],
    current: view === undefined && here === links.tasks({ ...filtersOf({ ...shown, project }) }),
  }));
  return (
    <ViewLinks
      label={tasksStrings.views}
      views={[
        ...builtIn,
        ...saved.map((each, index) => ({
          href: links.tasks(searchOf(each)),
          label: each.name,
          apart: index === 0,
          current: each === view,
          unsaved: each === view && differs(each, search) ? tasksStrings.saved.unsaved : undefined,
        })),
      ]}
    >
      <ViewActs search={search} view={view} isBuiltIn={builtIn.some(({ current }) => current)} onView={onView} />
      {children}
    </ViewLinks>
  );
}

const day = 86_400_000;

function useViewCounts(project: string | undefined): readonly (number | undefined)[] {
  // the window of the failed ones moves by five minutes at a time: the same count is not asked for under new names
  const now = Math.floor(Date.now() / 300_000) * 300_000;
  const [all, running, pending, failed] = views.map(({ search }) => ({ ...search, project }));
  return [
    useTaskTotal(toTaskFilter(all ?? {}, now)),
    useTaskTotal(toTaskFilter(running ?? {}, now)),
    useTaskTotal(toTaskFilter(pending ?? {}, now)),
    useTaskTotal(toTaskFilter(failed ?? {}, Math.max(now, day))),
  ].map((total) => total?.count);
}
