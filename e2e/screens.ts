import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright";
import sharp from "sharp";
import { startGitServer } from "../apps/server/test/git-server.ts";
import { ServerProcess } from "../apps/server/test/server-process.ts";
import { chromiumLaunch } from "./chromium-launch.ts";
import { call, listTasks, reached, runTask, submit, until } from "./rpc.ts";
import { type Extras, emptyScreens, offlineScreens, type Screen, screensOf } from "./screen-list.ts";
import { spreadOverDay } from "./spread-over-day.ts";
import { stopServer } from "./stop-server.ts";
import { setUpTeam, type Team, toVariables } from "./team.ts";

const folder = fileURLToPath(new URL("../docs/screens/", import.meta.url));
const sizes = [
  { width: 1440, height: 900 },
  { width: 390, height: 844 },
];
const themes = ["light", "dark"] as const;

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

/** A task of every other kind, tokens, a file of jobs, and a batch. */
async function makeExtras(server: ServerProcess, failed: readonly number[]): Promise<Extras> {
  for (const [name, role] of [
    ["nightly-forecast", "RUNNER"],
    ["ana.notebook", "EDITOR"],
  ]) {
    const expireTime = new Date(Date.now() + 90 * 86_400_000).toISOString();
    await call(server, "tributary.v1.TokenService/CreateToken", { name, role: `ROLE_${role}`, expireTime });
  }
  const file = { uuid: "score.py" };
  await fetch(`${server.url}/agent/files/${file.uuid}`, {
    method: "PUT",
    body: "#!/usr/bin/env python3\nprint('scored 48210 customers')\n",
  });
  await call(server, "Agent/RunJob", { job: { uuid: "score-2026-11" }, files: [file] });
  const ofAgent = { dialects: ["DIALECT_AGENT"] };
  const { tasks } = await call<{ tasks: { id: number }[] }>(server, "tributary.v1.TaskService/ListTasks", {
    filter: ofAgent,
  });
  const shellTask = await submit(server, "wc --lines /etc/hosts");
  const container = { command: "apk info | wc --lines", container: "docker.io/library/alpine:3" };
  const { taskId } = await call<{ taskId: number }>(server, "taskqueue.TaskQueue/SubmitTask", container);
  await reached(server, shellTask, "SUCCEEDED");
  await call(server, "tributary.v1.TaskBatchService/CreateTaskBatch", {
    act: "TASK_BATCH_ACT_RETRY",
    tasks: { ids: failed },
  });
  return { agentTask: tasks[0]?.id ?? 0, shellTask, containerTask: taskId };
}

/** Calls back with a page of each theme and size, and the end of the names of its pictures. */
async function eachView(browser: Browser, url: string, show: (page: Page, view: string) => Promise<void>) {
  for (const colorScheme of themes) {
    for (const viewport of sizes) {
      const context = await browser.newContext({
        viewport,
        colorScheme,
        baseURL: url,
        locale: "en-GB",
        reducedMotion: "reduce",
      });
      await show(await context.newPage(), `${colorScheme}-${viewport.width}`);
    }
  }
}

async function open(page: Page, { path, text, act }: Screen): Promise<void> {
  await page.goto(path);
  await page.getByText(text).filter({ visible: true }).first().waitFor();
  await act?.(page);
  await page.evaluate(() => document.fonts.ready);
}

async function picture(page: Page, name: string, view: string): Promise<void> {
  // In 256 colours, which takes a third of the room and shows the same.
  const small = sharp(await page.screenshot())
    .removeAlpha()
    .png({ palette: true, dither: 0, effort: 10, compressionLevel: 9 });
  await small.toFile(join(folder, `${name}-${view}.png`));
}

function take(browser: Browser, url: string, screens: readonly Screen[]): Promise<void> {
  return eachView(browser, url, async (page, view) => {
    for (const screen of screens.filter(isAsked)) {
      try {
        await open(page, screen);
        await picture(page, screen.name, view);
      } catch (error) {
        // the others are taken all the same
        console.error(`${screen.name} in ${view}:`, error);
        process.exitCode = 1;
      }
    }
    await page.context().close();
  });
}

/** Pages that lose their server while they are looked at. */
async function takeOffline(browser: Browser, server: ServerProcess): Promise<void> {
  const left: { readonly page: Page; readonly name: string; readonly view: string }[] = [];
  for (const screen of offlineScreens.filter(isAsked)) {
    await eachView(browser, server.url, async (page, view) => {
      await open(page, screen);
      left.push({ page, name: screen.name, view });
    });
  }
  await server.end();
  for (const { page, name, view } of left) {
    await page.getByText("Offline").first().waitFor();
    await picture(page, name, view);
    await page.context().close();
  }
}

const asked = process.argv.slice(2);

const isAsked = ({ name }: Screen) => asked.length === 0 || asked.includes(name);

/** Writes `docs/screens/<page>-<theme>-<width>.png`, from real servers: all of them, or those named as arguments. */
async function main(): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const git = await startGitServer();
  const browser = await chromium.launch(chromiumLaunch());
  const nobody = await ServerProcess.start();
  let server = await ServerProcess.start({ environment: { TRIBUTARY_SLOTS: "4" } });
  try {
    await take(browser, nobody.url, emptyScreens);
    const team = await setUpTeam(server, git);
    await makeHistory(server, team);
    await server.end();
    spreadOverDay(server.dataFolder, [team.failedTask, team.leavingTask]);
    server = await ServerProcess.start({ dataFolder: server.dataFolder, environment: { TRIBUTARY_SLOTS: "4" } });
    await reached(server, team.runningTask, "ACTIVE");
    await makeWork(server, team);
    const failed = (await listTasks(server, ["FAILED"])).slice(-3).map(({ id }) => id);
    const extras = await makeExtras(server, failed);
    await take(browser, server.url, screensOf(team, extras));
    console.log(`${(await listTasks(server)).length} tasks shown; screens are in ${folder}`);
    const [dataFolder, environment] = [server.dataFolder, { TRIBUTARY_SLOTS: "4" }];
    await takeOffline(browser, server);
    // its tasks outlive it, and are ended by the next
    server = await ServerProcess.start({ dataFolder, environment });
  } finally {
    await browser.close();
    await Promise.all([stopServer(server), stopServer(nobody), git.close()]);
  }
}

await main();
