import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium } from "playwright";
import { startGitServer } from "../apps/server/test/git-server.ts";
import { ServerProcess } from "../apps/server/test/server-process.ts";
import { chromiumLaunch } from "./chromium-launch.ts";
import { listTasks, reached, runTask, submit, until } from "./rpc.ts";
import { spreadOverDay } from "./spread-over-day.ts";
import { stopServer } from "./stop-server.ts";
import { setUpTeam, type Team, toVariables } from "./team.ts";

const folder = fileURLToPath(new URL("../docs/screens/", import.meta.url));
const sizes = [
  { width: 1440, height: 900 },
  { width: 390, height: 844 },
];
const themes = ["light", "dark"] as const;

interface Screen {
  readonly name: string;
  readonly path: string;
  /** A text that is there when the page is. */
  readonly text: string | RegExp;
}

function screensOf(team: Team): readonly Screen[] {
  return [
    { name: "overview", path: "/", text: /running, \d+ failed/ },
    { name: "tasks", path: "/tasks", text: "Exit code 1" },
    { name: "task-running", path: `/tasks/${team.runningTask}`, text: /epoch +\d+ .*loss/ },
    {
      name: "tasks-label",
      path: "/tasks?label=team%3Drisk&cols=state,project,created,duration,labels",
      text: "team=risk",
    },
    { name: "task-waiting", path: `/tasks/${team.waitingTask}`, text: "No worker has 6400 CPUs" },
    { name: "task-lineage", path: `/tasks/${team.failedTask}?tab=lineage`, text: "Started by" },
    { name: "task-parameters", path: `/tasks/${team.runningTask}?tab=parameters`, text: "python3 train.py" },
    { name: "task-artifacts", path: `/tasks/${team.leavingTask}?tab=artifacts`, text: "report.html" },
    { name: "task-failed", path: `/tasks/${team.failedTask}`, text: "1 of 12 rules is broken" },
    { name: "sources", path: `/sources/${team.goodSource}`, text: "Train three epochs by default" },
    { name: "source-failing", path: "/sources", text: "refuses the login" },
    { name: "files", path: `/sources/${team.goodSource}/files`, text: "one warning" },
    { name: "file", path: `/sources/${team.goodSource}/files?file=train.py#L8`, text: "read 48210 customers" },
    { name: "files-broken", path: `/sources/${team.brokenSource}/files`, text: /did you mean !pipEnv/ },
    { name: "project", path: `/projects/${team.project}`, text: "What ran" },
    { name: "models", path: "/models", text: "score" },
    { name: "model", path: "/models/churn/score", text: "what its task logs with MLflow" },
    { name: "secret", path: "/secrets?open=warehouse-readonly", text: "Who uses it" },
    { name: "schedules", path: `/schedules?open=${team.project}%2Ftrain`, text: "It has not come round yet" },
    { name: "secrets", path: "/secrets", text: "warehouse-readonly" },
    { name: "workers", path: "/workers", text: "of 4" },
    { name: "token", path: "/tokens?act=create", text: "It is shown once, right after" },
    { name: "events", path: "/events?q=CreateSecret", text: "CreateSecret" },
    { name: "settings", path: "/settings", text: "Run the checks" },
    { name: "run", path: `/tasks?run=${team.project}%2Ftrain`, text: "Set in the environment of the task" },
  ];
}

const empty: readonly Screen[] = [
  { name: "empty-overview", path: "/", text: "Run the first task" },
  { name: "empty-data-sets", path: "/data-sets", text: "No task has asked for a data set yet" },
  { name: "empty-tasks", path: "/tasks", text: "Nothing has run yet" },
  { name: "empty-models", path: "/models", text: /model/i },
  { name: "empty-secrets", path: "/secrets", text: /secret/i },
  { name: "no-task", path: "/tasks/999999", text: "No task has this number" },
  { name: "empty-sources", path: "/sources", text: "No repository is watched yet" },
];

/** What has run since yesterday. */
async function makeHistory(server: ServerProcess, { project, otherProject }: Team): Promise<void> {
  const run = (taskName: string, more: object = {}) => runTask(server, { projectId: project, taskName, ...more });
  const backtest = (more: object = {}) => runTask(server, { projectId: otherProject, taskName: "backtest", ...more });
  for (let round = 1; round <= 14; round++) {
    const sample = `sample-${String(round).padStart(2, "0")}`;
    await run("train", { variables: toVariables({ EPOCHS: String(1 + (round % 4)) }) });
    await backtest();
    await submit(server, `sha256sum /etc/hostname # ${sample}`);
    await submit(server, `sort --numeric-sort /etc/services | tail --lines=${round} # ${sample}`);
    if (round % 4 === 0) await submit(server, `gzip --test ${sample}.tar.gz`);
    if (round % 5 === 0) await run("validate");
    if (round % 6 === 0) await run("train", { variables: toVariables({ PAUSE: "1" }), timeLimit: "1s" });
    if (round === 9) await submit(server, `kill -KILL $$ # ${sample}`);
    if (round % 2 === 0) await run("export");
  }
  await reached(server, await submit(server, "wc --lines /etc/services"), "SUCCEEDED");
  await until("all of it has ended", async () => (await listTasks(server, ["ACTIVE"])).length === 1);
}

/** Tasks that go on, and some for which there is no room. */
async function makeWork(server: ServerProcess, { project, otherProject }: Team): Promise<void> {
  await runTask(server, { projectId: otherProject, taskName: "backtest", variables: toVariables({ PAUSE: "2" }) });
  const last = await submit(server, "tail --follow /dev/null # sample-15");
  await reached(server, last, "ACTIVE");
  for (let fold = 1; fold <= 3; fold++) {
    await runTask(server, {
      projectId: project,
      taskName: "train",
      resources: { cpu: "2" },
      variables: toVariables({ FOLD: String(fold) }),
    });
  }
}

async function take(browser: Browser, url: string, screens: readonly Screen[]): Promise<void> {
  for (const colorScheme of themes) {
    for (const viewport of sizes) {
      const context = await browser.newContext({
        viewport,
        colorScheme,
        baseURL: url,
        locale: "en-GB",
        reducedMotion: "reduce",
      });
      const page = await context.newPage();
      for (const { name, path, text } of screens) {
        await page.goto(path);
        await page.getByText(text).filter({ visible: true }).first().waitFor();
        await page.evaluate(() => document.fonts.ready);
        await page.screenshot({ path: join(folder, `${name}-${colorScheme}-${viewport.width}.png`) });
      }
      await context.close();
    }
  }
}

/** Writes `docs/screens/<page>-<theme>-<width>.png`, from real servers. */
async function main(): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const git = await startGitServer();
  const browser = await chromium.launch(chromiumLaunch());
  const nobody = await ServerProcess.start();
  let server = await ServerProcess.start({ environment: { TRIBUTARY_SLOTS: "4" } });
  try {
    await take(browser, nobody.url, empty);
    const team = await setUpTeam(server, git);
    await makeHistory(server, team);
    await server.end();
    spreadOverDay(server.dataFolder, [team.failedTask]);
    server = await ServerProcess.start({ dataFolder: server.dataFolder, environment: { TRIBUTARY_SLOTS: "4" } });
    await reached(server, team.runningTask, "ACTIVE");
    await makeWork(server, team);
    await take(browser, server.url, screensOf(team));
    console.log(`${(await listTasks(server)).length} tasks shown; screens are in ${folder}`);
  } finally {
    await browser.close();
    await Promise.all([stopServer(server), stopServer(nobody), git.close()]);
  }
}

await main();
