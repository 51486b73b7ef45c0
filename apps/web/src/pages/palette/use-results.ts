import { useQuery } from "@connectrpc/connect-query";
import { useLocation } from "@tanstack/react-router";
import { ProjectService } from "@tributary/proto/tributary/v1/projects_pb";
import { SourceService } from "@tributary/proto/tributary/v1/sources_pb";
import { TaskService } from "@tributary/proto/tributary/v1/tasks_pb";
import { useEffect, useState } from "react";

import { links } from "#pages/links.ts";
import { repositoryName } from "#pages/parts/source-words.ts";
import { glyphOf, stateWord, titleOf } from "#pages/parts/task-words.ts";
import { navStrings } from "#pages/strings/nav-strings.ts";
import { paletteStrings } from "#pages/strings/palette-strings.ts";
import { shortcutStrings } from "#pages/strings/shortcut-strings.ts";
import { tasksStrings } from "#pages/strings/tasks-strings.ts";
import type { IconName } from "#ui/icons.tsx";
import type { State } from "#ui/state-glyph.tsx";

const words = paletteStrings;
const most = 6;

/** Something to go to, or a task to run. */
export interface Result {
  readonly id: string;
  readonly group: string;
  readonly label: string;
  readonly note?: string | undefined;
  readonly icon?: IconName | undefined;
  readonly state?: State | undefined;
  readonly act:
    | { readonly href: string }
    | { readonly run: readonly [projectId: string, taskName: string] }
    | { readonly copy: string }
    | { readonly keys: true };
}

const pages: readonly Result[] = [
  page(navStrings.overview, "flow", links.overview()),
  page(navStrings.tasks, "tasks", links.tasks()),
  page(tasksStrings.viewFailed, "tasks", links.tasks({ state: ["failed"], since: "24h" })),
  page(navStrings.executions, "executions", links.executions()),
  page(navStrings.sessions, "sessions", links.sessions()),
  page(navStrings.schedules, "clock", links.schedules()),
  page(navStrings.dataSets, "database", links.dataSets()),
  page(navStrings.models, "share", links.models()),
  page(navStrings.projects, "cube", links.projects()),
  page(navStrings.sources, "branch", links.sources()),
  page(navStrings.stagedFiles, "file", links.stagedFiles()),
  page(navStrings.workers, "worker", links.workers()),
  page(navStrings.settings, "sliders", links.settings()),
  page(navStrings.secrets, "key", links.secrets()),
  page(navStrings.tokens, "token", links.tokens()),
  page(navStrings.events, "book", links.events()),
  page(words.addSource, "plus", links.addSource()),
  page(words.addWorkers, "plus", links.addWorkers()),
  page(words.createSecret, "plus", links.newSecret()),
  page(words.createToken, "plus", links.newToken()),
];

function page(label: string, icon: IconName, href: string): Result {
  return { id: href, group: words.pages, label, icon, act: { href } };
}

/** What can be copied of the page that is shown, and the sheet of keys. */
function useHere(): readonly Result[] {
  const { pathname, href } = useLocation();
  const id = /^\/(?:tasks|sources|projects)\/([^/]+)$/.exec(pathname)?.[1];
  const copy = (name: string, label: string, text: string): Result => ({
    id: `copy ${name}`,
    group: words.here,
    label,
    icon: "copy",
    act: { copy: text },
  });
  return [
    ...(id ? [copy("id", words.copyId(decodeURIComponent(id)), decodeURIComponent(id))] : []),
    copy("link", words.copyLink, `${location.origin}${href}`),
    { id: "keys", group: words.here, label: shortcutStrings.open, icon: "rows", act: { keys: true } },
  ];
}

/** What matches some words: pages, what can be run, tasks by name or number, sources. */
export function useResults(text: string): readonly Result[] {
  const asked = text.trim().toLowerCase();
  const matches = (label: string) => asked.split(/\s+/).every((word) => label.toLowerCase().includes(word));
  const number = /^#?(\d{1,10})$/.exec(asked)?.[1];
  const runnable = useRunnable().filter(({ label }) => matches(label));
  const sources = useSources().filter(({ label }) => asked !== "" && matches(label));
  const tasks = useTasks(asked);
  const here = useHere().filter(({ label }) => matches(label));
  return [
    ...(number
      ? [
          {
            id: "number",
            group: words.tasks,
            label: words.openTask(number),
            icon: "tasks" as const,
            act: { href: links.task(Number(number)) },
          },
        ]
      : []),
    ...pages.filter(({ label }) => matches(label)),
    ...runnable.slice(0, most),
    ...tasks,
    ...sources.slice(0, most),
    ...here,
  ];
}

function useRunnable(): readonly Result[] {
  const { data } = useQuery(ProjectService.method.listProjects, {});
  return (data?.projects ?? []).flatMap((project) =>
    project.tasks
      .filter(({ problem }) => problem === "")
      .map((task) => ({
        id: `run ${project.id} ${task.name}`,
        group: words.run,
        label: words.runTask(project.name, task.name),
        icon: "play" as const,
        act: { run: [project.id, task.name] as const },
      })),
  );
}

function useSources(): readonly Result[] {
  const { data } = useQuery(SourceService.method.listSources, {});
  return (data?.sources ?? []).map(({ id, settings }) => ({
    id: `source ${id}`,
    group: words.sources,
    label: repositoryName(settings?.repository ?? id),
    icon: "branch" as const,
    act: { href: links.source(id) },
  }));
}

function useTasks(text: string): readonly Result[] {
  const settled = useSettled(text, 150);
  const { data } = useQuery(
    TaskService.method.listTasks,
    { filter: { text: settled }, pageSize: most },
    { enabled: settled.length > 1 },
  );
  if (settled.length < 2) return [];
  return (data?.tasks ?? []).map((task) => ({
    id: `task ${task.id}`,
    group: words.tasks,
    label: titleOf(task),
    note: `#${task.id} ${stateWord(task)}`,
    state: glyphOf(task),
    act: { href: links.task(task.id) },
  }));
}

/** The value when it has not changed for so many milliseconds. */
function useSettled(value: string, ms: number): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}
