import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  type RouterHistory,
  useLocation,
  useMatches,
  useNavigate,
  useRouter,
} from "@tanstack/react-router";
import { lazy, Suspense, useCallback, useState } from "react";

import { Frame } from "#pages/frame/frame.tsx";
import { NotFoundPage } from "#pages/frame/not-found-page.tsx";
import { PageFault } from "#pages/frame/page-fault.tsx";
import { useKeptProject } from "#pages/frame/use-kept-project.ts";
import { links } from "#pages/links.ts";
import { readLogSearchParams } from "#pages/log-search-params.ts";
import { isOfProjects, ofProject } from "#pages/of-project.ts";
import { useProject } from "#pages/parts/use-project.ts";
import { countOf, listOf, oneOf, parseSearch, textOf, writeSearch } from "#pages/search.ts";
import { useShellKeys } from "#pages/shortcuts/use-shell-keys.ts";
import { readTaskSearch, sinceNames, timeOf } from "#pages/task-search.ts";
import { UiRoot } from "#ui/app-shell.tsx";
import { LinkProvider } from "#ui/link.tsx";

const RunDialog = lazy(() => import("#pages/run/run-dialog.tsx"));
const ShortcutSheet = lazy(() => import("#pages/shortcuts/shortcut-sheet.tsx"));
const Palette = lazy(() => import("#pages/palette/palette.tsx"));

const root = createRootRoute({
  // `run` opens the run dialog on any page: "project" or "project/task"; `project` is the name of the only one that is shown
  validateSearch: (search: Record<string, unknown>): { run?: string | undefined; project?: string | undefined } => ({
    run: textOf(search.run),
    project: textOf(search.project)?.slice(0, 256),
  }),
  component: Root,
  notFoundComponent: NotFoundPage,
});

function Root() {
  const router = useRouter();
  const navigate = useNavigate();
  const { run } = root.useSearch();
  const project = useKeptProject();
  const leading = useLeading();
  const [searching, setSearching] = useState(false);
  const page = useMatches({ select: (matches) => matches.at(-1) });
  const section = useLocation({ select: ({ pathname }) => pathname.split("/")[1] ?? "" });
  const [showingKeys, setShowingKeys] = useState(false);
  useShellKeys({
    onSearch: () => setSearching(true),
    onSheet: () => setShowingKeys(true),
    onGo: (href) => router.history.push(ofProject(href, project)),
  });
  const toLogin = () => router.history.push(links.login("/"));
  const closeRun = () => void navigate({ to: ".", search: (old) => ({ ...old, run: undefined }), hash: true });
  // Before the login nothing is known that a frame could show.
  if (page?.staticData.bare) {
    return (
      <LinkProvider {...leading}>
        <UiRoot>
          <Outlet />
        </UiRoot>
      </LinkProvider>
    );
  }
  return (
    <LinkProvider {...leading}>
      <Frame
        project={project}
        fill={page?.staticData.fill ?? false}
        pageKey={page?.staticData.section ? section : (page?.pathname ?? "")}
        onSearch={() => setSearching(true)}
        onLogout={toLogin}
        dialogs={
          <Suspense>
            {run !== undefined && <RunDialog target={run} onClose={closeRun} />}
            {searching && (
              <Palette
                project={project}
                onClose={() => setSearching(false)}
                onKeys={() => {
                  setSearching(false);
                  setShowingKeys(true);
                }}
              />
            )}
            {showingKeys && <ShortcutSheet onClose={() => setShowingKeys(false)} />}
          </Suspense>
        }
      >
        <Outlet />
      </Frame>
    </LinkProvider>
  );
}

/** How links lead on. From a list of one project to other lists of it; the tasks' filters are theirs, the project too. */
function useLeading() {
  const router = useRouter();
  const project = useProject();
  const carries = useLocation({ select: ({ pathname }) => isOfProjects(pathname) && pathname !== links.tasks() });
  const navigate = useCallback((href: string) => router.history.push(href), [router]);
  const carry = useCallback((href: string) => (carries ? ofProject(href, project) : href), [carries, project]);
  return { navigate, carry };
}

const overview = createRoute({
  getParentRoute: () => root,
  path: "/",
  validateSearch: (search: Record<string, unknown>) => ({ since: oneOf(search.since, sinceNames) }),
  component: lazyRouteComponent(() => import("#pages/overview/overview-page.tsx"), "OverviewPage"),
});

const tasks = createRoute({
  getParentRoute: () => root,
  path: "/tasks",
  staticData: { fill: true },
  validateSearch: readTaskSearch,
  component: lazyRouteComponent(() => import("#pages/tasks/tasks-page.tsx"), "TasksPage"),
});

const taskTabs = ["log", "parameters", "attempts", "lineage", "artifacts"] as const;

const task = createRoute({
  getParentRoute: () => root,
  path: "/tasks/$taskId",
  staticData: { fill: true },
  validateSearch: (search: Record<string, unknown>) => ({
    tab: oneOf(search.tab, taskTabs),
    file: textOf(search.file),
    attempt: countOf(search.attempt),
    ...readLogSearchParams(search),
  }),
  component: lazyRouteComponent(() => import("#pages/task/task-page.tsx"), "TaskPage"),
});

const executions = createRoute({
  getParentRoute: () => root,
  path: "/executions",
  component: lazyRouteComponent(() => import("#pages/unserved/executions-page.tsx"), "ExecutionsPage"),
});

const sessions = createRoute({
  getParentRoute: () => root,
  path: "/sessions",
  component: lazyRouteComponent(() => import("#pages/unserved/sessions-page.tsx"), "SessionsPage"),
});

const sources = createRoute({
  getParentRoute: () => root,
  path: "/sources",
  staticData: { fill: true, section: true },
  validateSearch: (search: Record<string, unknown>) => ({ act: oneOf(search.act, ["add", "edit", "delete"]) }),
  component: lazyRouteComponent(() => import("#pages/sources/sources-page.tsx"), "SourcesPage"),
});

const source = createRoute({
  getParentRoute: () => sources,
  path: "$sourceId",
  staticData: { fill: true, section: true },
});

const files = createRoute({
  getParentRoute: () => root,
  path: "/sources/$sourceId/files",
  validateSearch: (search: Record<string, unknown>) => ({
    revision: textOf(search.revision),
    folder: textOf(search.folder),
    file: textOf(search.file),
  }),
  component: lazyRouteComponent(() => import("#pages/files/files-page.tsx"), "FilesPage"),
});

const dataSets = createRoute({
  getParentRoute: () => root,
  path: "/data-sets",
  staticData: { fill: true },
  component: lazyRouteComponent(() => import("#pages/data-sets/data-sets-page.tsx"), "DataSetsPage"),
});

const models = createRoute({
  getParentRoute: () => root,
  path: "/models",
  staticData: { fill: true },
  component: lazyRouteComponent(() => import("#pages/models/models-page.tsx"), "ModelsPage"),
});

const model = createRoute({
  getParentRoute: () => root,
  path: "/models/$project/$model",
  component: lazyRouteComponent(() => import("#pages/models/model-page.tsx"), "ModelPage"),
});

const schedules = createRoute({
  getParentRoute: () => root,
  path: "/schedules",
  staticData: { fill: true },
  validateSearch: (search: Record<string, unknown>) => ({
    open: textOf(search.open),
    pause: textOf(search.pause),
    view: oneOf(search.view, ["week"]),
    week: textOf(search.week),
  }),
  component: lazyRouteComponent(() => import("#pages/schedules/schedules-page.tsx"), "SchedulesPage"),
});

const secrets = createRoute({
  getParentRoute: () => root,
  path: "/secrets",
  staticData: { fill: true },
  validateSearch: (search: Record<string, unknown>) => ({
    act: oneOf(search.act, ["create", "replace", "delete", "keys"]),
    key: textOf(search.key),
    open: textOf(search.open),
    show: oneOf(search.show, ["refused", "unused", "old"]),
  }),
  component: lazyRouteComponent(() => import("#pages/secrets/secrets-page.tsx"), "SecretsPage"),
});

const projects = createRoute({
  getParentRoute: () => root,
  path: "/projects",
  staticData: { fill: true },
  component: lazyRouteComponent(() => import("#pages/projects/projects-page.tsx"), "ProjectsPage"),
});

const project = createRoute({
  getParentRoute: () => root,
  path: "/projects/$projectId",
  validateSearch: (search: Record<string, unknown>) => ({ revision: textOf(search.revision) }),
  component: lazyRouteComponent(() => import("#pages/project/project-page.tsx"), "ProjectPage"),
});

const workers = createRoute({
  getParentRoute: () => root,
  path: "/workers",
  staticData: { fill: true },
  validateSearch: (search: Record<string, unknown>) => ({
    act: oneOf(search.act, ["add"]),
    provider: textOf(search.provider),
    flavor: textOf(search.flavor),
    open: textOf(search.open),
    fold: listOf(search.fold),
    whole: listOf(search.whole),
  }),
  component: lazyRouteComponent(() => import("#pages/workers/workers-page.tsx"), "WorkersPage"),
});

const worker = createRoute({
  getParentRoute: () => root,
  path: "/workers/$workerId",
  validateSearch: (search: Record<string, unknown>) => ({ act: oneOf(search.act, ["delete"]) }),
  component: lazyRouteComponent(() => import("#pages/worker/worker-page.tsx"), "WorkerPage"),
});

const stagedFiles = createRoute({
  getParentRoute: () => root,
  path: "/staged-files",
  staticData: { fill: true },
  validateSearch: (search: Record<string, unknown>) => ({
    act: oneOf(search.act, ["upload", "delete"]),
    id: textOf(search.id),
  }),
  component: lazyRouteComponent(() => import("#pages/staged-files/staged-files-page.tsx"), "StagedFilesPage"),
});

const settings = createRoute({
  getParentRoute: () => root,
  path: "/settings",
  component: lazyRouteComponent(() => import("#pages/settings/settings-page.tsx"), "SettingsPage"),
});

const tokens = createRoute({
  getParentRoute: () => root,
  path: "/tokens",
  staticData: { fill: true },
  validateSearch: (search: Record<string, unknown>) => ({
    act: oneOf(search.act, ["create", "revoke"]),
    id: textOf(search.id),
  }),
  component: lazyRouteComponent(() => import("#pages/tokens/tokens-page.tsx"), "TokensPage"),
});

const events = createRoute({
  getParentRoute: () => root,
  path: "/events",
  staticData: { fill: true },
  validateSearch: (search: Record<string, unknown>) => ({
    q: textOf(search.q),
    outcome: oneOf(search.outcome, ["refused"]),
    since: oneOf(search.since, sinceNames),
    from: timeOf(search.from),
    to: timeOf(search.to),
    who: textOf(search.who),
    rpc: textOf(search.rpc),
    open: textOf(search.open),
  }),
  component: lazyRouteComponent(() => import("#pages/events/events-page.tsx"), "EventsPage"),
});

const login = createRoute({
  getParentRoute: () => root,
  path: "/login",
  staticData: { bare: true },
  validateSearch: (search: Record<string, unknown>) => ({ next: textOf(search.next) }),
  component: lazyRouteComponent(() => import("#pages/login/login-page.tsx"), "LoginPage"),
});

const tree = root.addChildren([
  overview,
  tasks,
  task,
  executions,
  sessions,
  sources.addChildren([source]),
  files,
  dataSets,
  models,
  model,
  schedules,
  secrets,
  projects,
  project,
  workers,
  worker,
  stagedFiles,
  settings,
  tokens,
  events,
  login,
]);

/** The pages and their addresses. */
export function createAppRouter(history: RouterHistory) {
  return createRouter({
    routeTree: tree,
    history,
    parseSearch,
    stringifySearch: writeSearch,
    defaultErrorComponent: PageFault,
    defaultPreload: false,
    // parameters that no page knows are dropped from the address
    search: { strict: true },
    // a page holds its layout while it loads: no other picture in between
    defaultPendingMs: 60_000,
    scrollRestoration: false,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
  interface StaticDataRouteOption {
    /** The page fills the window and scrolls inside. */
    fill?: boolean;
    /** The page and those below it are one page to the reader. */
    section?: boolean;
    /** The page stands alone, without the frame. */
    bare?: boolean;
  }
}
