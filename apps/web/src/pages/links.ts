import { writeSearch } from "#pages/search.ts";
import type { TaskSearch } from "#pages/task-search.ts";

export type TaskTab = "log" | "parameters" | "attempts" | "lineage" | "artifacts";

/** A file or a folder of a repository; neither is the root. */
export interface FilePlace {
  readonly revision?: string | undefined;
  readonly folder?: string | undefined;
  readonly file?: string | undefined;
}

/** The address of every page, in one place. */
export const links = {
  overview: (since?: string) => `/${writeSearch({ since })}`,
  tasks: (search: TaskSearch = {}) => `/tasks${writeSearch({ ...search })}`,
  task: (id: number, tab?: TaskTab) => `/tasks/${id}${writeSearch({ tab: tab === "log" ? undefined : tab })}`,
  /** A file that a task left; of attempt 0, what the last one left. */
  artifact: (taskId: number, path: string, attempt: number) =>
    `/tasks/${taskId}${writeSearch({ tab: "artifacts", file: path, attempt: attempt || undefined })}`,
  executions: () => "/executions",
  sessions: () => "/sessions",
  sources: () => "/sources",
  addSource: () => "/sources?act=add",
  source: (id: string) => `/sources/${encodeURIComponent(id)}`,
  editSource: (id: string) => `/sources/${encodeURIComponent(id)}?act=edit`,
  files: (id: string, { revision, folder, file }: FilePlace = {}) =>
    `/sources/${encodeURIComponent(id)}/files${writeSearch({ revision, folder, file })}`,
  projects: () => "/projects",
  project: (id: string) => `/projects/${encodeURIComponent(id)}`,
  secrets: () => "/secrets",
  /** Those that somebody should look at. */
  secretsThat: (show: string) => `/secrets${writeSearch({ show })}`,
  /** The secrets with one of them open: who uses it, and its versions. */
  secret: (key: string) => `/secrets${writeSearch({ open: key })}`,
  /** The dialog that creates a secret, with its key filled in. */
  newSecret: (key?: string) => `/secrets${writeSearch({ act: "create", key })}`,
  replaceSecret: (key: string) => `/secrets${writeSearch({ act: "replace", key })}`,
  masterKeys: () => `/secrets${writeSearch({ act: "keys" })}`,
  dataSets: () => "/data-sets",
  models: () => "/models",
  /** @param id - name of the project and name of the model, with a slash between */
  model: (id: string) => {
    const slash = id.indexOf("/");
    return `/models/${encodeURIComponent(id.slice(0, slash))}/${encodeURIComponent(id.slice(slash + 1))}`;
  },
  /** @param open - the schedule whose history is open */
  schedules: (open?: string) => `/schedules${writeSearch({ open })}`,
  /** @param week - a day of it; unset for the one that is */
  scheduleWeek: (week?: string) => `/schedules${writeSearch({ view: "week", week })}`,
  workers: () => "/workers",
  /** @param like - what to get them from, where that is known */
  addWorkers: (like: { readonly provider?: string; readonly flavor?: string } = {}) =>
    `/workers${writeSearch({ act: "add", ...like })}`,
  worker: (id: string) => `/workers/${encodeURIComponent(id)}`,
  /** The page of a worker, with the question whether it is to be deleted. */
  deleteWorker: (id: string) => `/workers/${encodeURIComponent(id)}?act=delete`,
  stagedFiles: () => "/staged-files",
  settings: () => "/settings",
  tokens: () => "/tokens",
  newToken: () => "/tokens?act=create",
  events: (search: { readonly who?: string; readonly rpc?: string } = {}) => `/events${writeSearch(search)}`,
  /** @param next - where the reader goes on afterwards */
  login: (next: string) => `/login${writeSearch({ next: next === "/" ? undefined : next })}`,
} as const;
