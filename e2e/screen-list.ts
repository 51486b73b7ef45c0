import type { Page } from "playwright";
import type { Team } from "./team.ts";

/** A picture that is taken of the dashboard. */
export interface Screen {
  readonly name: string;
  readonly path: string;
  /** A text that is there when the page is, one that comes late. */
  readonly text: string | RegExp;
  /** What is done on the page before the picture is taken. */
  readonly act?: (page: Page) => Promise<void>;
}

/** What is shown beside a team's own. */
export interface Extras {
  readonly agentTask: number;
  readonly shellTask: number;
  readonly containerTask: number;
}

/** Pictures of a server that a team has used for a day. */
export function screensOf(team: Team, extras: Extras): readonly Screen[] {
  return [...workScreens(team, extras), ...definitionScreens(team), ...platformScreens(team), ...frameScreens(team)];
}

function workScreens(team: Team, { agentTask, shellTask, containerTask }: Extras): readonly Screen[] {
  return [
    { name: "overview", path: "/", text: /running, \d+ failed/ },
    { name: "tasks", path: "/tasks", text: "Exit code 1" },
    { name: "tasks-batch", path: "/tasks?state=failed", text: "Killed by SIGKILL" },
    {
      name: "tasks-selected",
      path: "/tasks",
      text: "Exit code 1",
      act: async (page) => {
        const rows = page.getByRole("checkbox");
        for (const index of [2, 3, 4]) await rows.nth(index).check();
      },
    },
    {
      name: "tasks-label",
      path: "/tasks?label=team%3Drisk&cols=state,project,created,duration,labels",
      text: /^train$/,
    },
    { name: "task-running", path: `/tasks/${team.runningTask}`, text: /epoch +\d+ .*loss/ },
    { name: "task-waiting", path: `/tasks/${team.waitingTask}`, text: "No worker has 6400 CPUs" },
    { name: "task-failed", path: `/tasks/${team.failedTask}`, text: /^Line \d/ },
    { name: "task-lineage", path: `/tasks/${team.failedTask}?tab=lineage`, text: "Started by" },
    { name: "task-parameters", path: `/tasks/${team.runningTask}?tab=parameters`, text: "python3 train.py" },
    { name: "task-attempts", path: `/tasks/${team.failedTask}?tab=attempts`, text: /^Python 3/ },
    { name: "task-artifacts", path: `/tasks/${team.leavingTask}?tab=artifacts`, text: "report.html" },
    { name: "task-agent", path: `/tasks/${agentTask}?tab=parameters`, text: "score.py" },
    { name: "task-taskqueue", path: `/tasks/${shellTask}?tab=parameters`, text: "TaskQueue's letter" },
    { name: "task-container", path: `/tasks/${containerTask}?tab=parameters`, text: /alpine/ },
    { name: "run", path: `/tasks?run=${team.project}%2Ftrain`, text: "Set in the environment of the task" },
    { name: "schedules-week", path: "/schedules?view=week", text: "train" },
    { name: "schedules", path: `/schedules?open=${team.project}%2Ftrain`, text: "It has not come round yet" },
  ];
}

function definitionScreens(team: Team): readonly Screen[] {
  return [
    { name: "projects", path: "/projects", text: "forecast" },
    { name: "project", path: `/projects/${team.project}`, text: "Exit code 1" },
    { name: "sources", path: `/sources/${team.goodSource}`, text: /^[0-9a-f]{7} Ana$/ },
    {
      name: "source-webhook",
      path: `/sources/${team.goodSource}`,
      text: /^[0-9a-f]{7} Ana$/,
      act: (page) => page.getByRole("heading", { name: "Webhook" }).evaluate((heading) => heading.scrollIntoView()),
    },
    { name: "source-failing", path: "/sources", text: "refuses the login" },
    { name: "source-add", path: "/sources?act=add", text: "An http, https or ssh URL" },
    { name: "files", path: `/sources/${team.goodSource}/files`, text: "one warning" },
    { name: "file", path: `/sources/${team.goodSource}/files?file=train.py#L8`, text: "read 48210 customers" },
    { name: "files-broken", path: `/sources/${team.brokenSource}/files`, text: /did you mean !pipEnv/ },
    { name: "models", path: "/models", text: "score" },
    { name: "model", path: "/models/churn/score", text: "what its task logs with MLflow" },
    { name: "agent-files", path: "/staged-files", text: "score.py" },
  ];
}

function platformScreens(team: Team): readonly Screen[] {
  return [
    { name: "workers", path: "/workers", text: "of 4" },
    { name: "worker", path: `/workers/${team.worker}`, text: /^\d+m \d\ds$/ },
    { name: "workers-add", path: "/workers?act=add", text: "The only name that the token is good for" },
    { name: "secrets", path: "/secrets", text: "refused for team/pricing" },
    { name: "secret", path: "/secrets?open=warehouse-readonly", text: "Who uses it" },
    { name: "secret-replace", path: "/secrets?act=replace&key=git-token", text: "becomes version 3" },
    { name: "secret-delete", path: "/secrets?act=delete&key=warehouse-readonly", text: "This breaks 1 task" },
    { name: "tokens", path: "/tokens", text: "nightly-forecast" },
    { name: "token", path: "/tokens?act=create", text: "It is shown once, right after" },
    { name: "events", path: "/events", text: "RunJob" },
    { name: "events-filtered", path: "/events?q=CreateSecret", text: "CreateSecret" },
    { name: "settings", path: "/settings", text: /^Node \d/ },
    { name: "login", path: "/login", text: "This server asks who you are" },
  ];
}

function frameScreens(team: Team): readonly Screen[] {
  const at = { path: `/projects/${team.project}`, text: "Exit code 1" };
  return [
    {
      ...at,
      name: "palette",
      act: async (page) => {
        await page.keyboard.press("Control+k");
        await page.getByRole("dialog").getByRole("combobox").fill("train");
        await page.getByRole("option", { name: /train/ }).nth(2).waitFor();
      },
    },
    {
      ...at,
      name: "keys",
      act: async (page) => {
        await page.keyboard.press("?");
        await page.getByText("This sheet").waitFor();
      },
    },
    // the last, as a project that was chosen is kept from page to page
    { name: "overview-project", path: "/?project=churn", text: /running, \d+ failed/ },
  ];
}

/** Pictures of a server that nobody has used. */
export const emptyScreens: readonly Screen[] = [
  { name: "executions", path: "/executions", text: "Flyte is not served yet" },
  { name: "sessions", path: "/sessions", text: "ArmoniK is not served yet" },
  { name: "empty-overview", path: "/", text: "Run the first task" },
  { name: "empty-data-sets", path: "/data-sets", text: "No task has asked for a data set yet" },
  { name: "empty-tasks", path: "/tasks", text: "Nothing has run yet" },
  { name: "empty-schedules", path: "/schedules", text: /clock/i },
  { name: "empty-models", path: "/models", text: "No project has a model yet" },
  { name: "empty-projects", path: "/projects", text: "No project is known yet" },
  { name: "empty-secrets", path: "/secrets", text: "No secret is kept yet" },
  { name: "empty-tokens", path: "/tokens", text: "There is no token yet" },
  { name: "empty-agent-files", path: "/staged-files", text: "No file is here yet" },
  { name: "no-task", path: "/tasks/999999", text: "No task has this number" },
  { name: "executions", path: "/executions", text: "Flyte is not served yet" },
  { name: "sessions", path: "/sessions", text: "ArmoniK is not served yet" },
  { name: "empty-sources", path: "/sources", text: "No repository is watched yet" },
];

/** Pages whose server has been killed while they were open. */
export const offlineScreens: readonly Screen[] = [{ name: "offline", path: "/tasks", text: "Exit code 1" }];
