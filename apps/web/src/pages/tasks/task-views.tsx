import type { ReactNode } from "react";

import { links } from "#pages/links.ts";
import { useTaskTotal } from "#pages/parts/use-task-total.ts";
import { tasksStrings } from "#pages/strings/tasks-strings.ts";
import { type TaskSearch, toTaskFilter } from "#pages/task-search.ts";
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

/** The lists most often asked for, with how many are in each. */
export function TaskViews({ search, children }: { readonly search: TaskSearch; readonly children: ReactNode }) {
  const counts = useViewCounts();
  return (
    <ViewLinks
      label={tasksStrings.views}
      views={views.map((view, index) => ({
        href: links.tasks(view.search),
        label: view.label,
        count: counts[index],
        current: links.tasks({ ...search, order: undefined }) === links.tasks(view.search),
      }))}
    >
      {children}
    </ViewLinks>
  );
}

const day = 86_400_000;

function useViewCounts(): readonly (number | undefined)[] {
  // the window of the failed ones moves by five minutes at a time: the same count is not asked for under new names
  const now = Math.floor(Date.now() / 300_000) * 300_000;
  const [all, running, pending, failed] = views.map(({ search }) => search);
  return [
    useTaskTotal(toTaskFilter(all ?? {}, now)),
    useTaskTotal(toTaskFilter(running ?? {}, now)),
    useTaskTotal(toTaskFilter(pending ?? {}, now)),
    useTaskTotal(toTaskFilter(failed ?? {}, Math.max(now, day))),
  ].map((total) => total?.count);
}
