import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { type GitServer, startGitServer } from "../apps/server/test/git-server.ts";
import { ServerProcess } from "../apps/server/test/server-process.ts";
import { expect, test as plain } from "./fixtures.ts";
import { stopServer } from "./stop-server.ts";
import { setUpTeam, type Team } from "./team.ts";

interface TeamServer extends Team {
  readonly url: string;
}

const test = plain.extend<object, { readonly team: TeamServer; readonly teamGit: GitServer }>({
  teamGit: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads from the pattern what a fixture needs
    async ({}, use) => {
      const git = await startGitServer();
      await use(git);
      await git.close();
    },
    { scope: "worker" },
  ],
  team: [
    async ({ teamGit }, use) => {
      const server = await ServerProcess.start({ environment: { TRIBUTARY_SLOTS: "4" } });
      await use({ url: server.url, ...(await setUpTeam(server, teamGit)) });
      await stopServer(server);
    },
    { scope: "worker" },
  ],
  baseURL: async ({ team }, use) => use(team.url),
});

/** Every page and dialog, and a text by which it is known to be there. */
function pagesOf(team: Team): Readonly<Record<string, readonly [path: string, text: string | RegExp]>> {
  return {
    overview: ["/?since=1h", /running, \d+ failed/],
    tasks: ["/tasks", "Exit code 1"],
    "overview of a project": ["/?project=churn", /running, \d+ failed/],
    "tasks of a project": ["/tasks?project=churn", "Exit code 1"],
    "a list with nothing of the project": ["/data-sets?project=churn", "Nothing here is of churn"],
    "no task matches": ["/tasks?q=nothing-has-this-name", "No task matches"],
    "a running task": [`/tasks/${team.runningTask}`, /epoch +\d+ .*loss/],
    "a failed task": [`/tasks/${team.failedTask}`, "1 of 12 rules is broken"],
    "a waiting task": [`/tasks/${team.waitingTask}`, /No worker has 6400 CPUs/],
    "parameters of a task": [`/tasks/${team.failedTask}?tab=parameters`, "python3 validate.py"],
    "attempts of a task": [`/tasks/${team.failedTask}?tab=attempts`, "Exit 1"],
    "what a task has left": [`/tasks/${team.leavingTask}?tab=artifacts`, "report.html"],
    "a list that begins at a time": ["/tasks?at=2099-01-01", "From 2099-01-01"],
    "lineage of a task": [`/tasks/${team.runningTask}?tab=lineage`, "It has not been run again"],
    "tasks with a label": ["/tasks?label=team%3Drisk&cols=state,labels", "team=risk"],
    "artifacts of a task": [`/tasks/${team.failedTask}?tab=artifacts`, "The task left no files"],
    "no such task": ["/tasks/999999", "No task has this number"],
    executions: ["/executions", "Flyte is not served yet"],
    sessions: ["/sessions", "ArmoniK is not served yet"],
    sources: ["/sources", "refuses the login"],
    "a source": [`/sources/${team.goodSource}`, "Train three epochs by default"],
    "a failing source": [`/sources/${team.failingSource}`, "check the source's user name and secret"],
    "branches of a source": [`/sources/${team.goodSource}`, "Try ten epochs"],
    "a source with a broken file": [`/sources/${team.brokenSource}`, /did you mean !pipEnv/],
    "files of a source": [`/sources/${team.goodSource}/files`, "one warning"],
    "a file of a source": [`/sources/${team.goodSource}/files?file=train.py#L4`, "read 48210 customers"],
    "a folder at a branch": [`/sources/${team.goodSource}/files?revision=feature%2Flonger&folder=notes`, "tuning.md"],
    "a broken project file": [`/sources/${team.brokenSource}/files`, /did you mean !pipEnv/],
    "files of no source": ["/sources/nope/files", "There is no such source"],
    "editing a source": [`/sources/${team.goodSource}?act=edit`, "Secret of its webhook"],
    "adding a source": ["/sources?act=add", "An http, https or ssh URL"],
    "deleting a source": [`/sources/${team.goodSource}?act=delete`, "The repository is not touched"],
    projects: ["/projects", "forecast"],
    "a project": [`/projects/${team.project}`, "python3 train.py"],
    "a project at a branch": [`/projects/${team.project}?revision=feature%2Flonger`, "tune"],
    "data sets": ["/data-sets", "No task has asked for a data set yet"],
    models: ["/models", "has no task check"],
    "a model": ["/models/churn/score", "what its task logs with MLflow"],
    "no such model": ["/models/churn/nope", "There is no such model"],
    schedules: ["/schedules", "At 02:15"],
    "a schedule": [`/schedules?open=${team.project}%2Ftrain`, "It has not come round yet"],
    "a week of schedules": ["/schedules?view=week", "train"],
    "pausing a schedule": [`/schedules?pause=${team.project}%2Ftrain`, "For those who find it paused"],
    settings: ["/settings", "Run the checks"],
    secrets: ["/secrets", "warehouse-readonly"],
    "creating a secret": ["/secrets?act=create", "It is sent once and cannot be read back"],
    "replacing a secret": ["/secrets?act=replace&key=git-token", "becomes version 3"],
    "deleting a secret": ["/secrets?act=delete&key=warehouse-readonly", "This breaks 1 task"],
    "versions of a secret": ["/secrets?open=warehouse-readonly", "Values of older versions cannot be brought back"],
    "master keys": ["/secrets?act=keys", "Every value is sealed under the current key"],
    "running a task": [`/tasks?run=${team.project}%2Ftrain`, "Set in the environment of the task"],
    "running a task of a branch": [`/tasks?run=${team.project}%2Ftune%2Ffeature%252Flonger`, "Run tune"],
    workers: ["/workers", "of 4"],
    "a worker's row": [`/workers?open=${team.worker}`, "Nothing"],
    "a worker": [`/workers/${team.worker}`, "Tributary's own"],
    "no such worker": ["/workers/nobody", "There is no such worker"],
    "adding workers": ["/workers?act=add", "The only name that the token is good for"],
    "files of the Agent": ["/staged-files", "No file is here yet"],
    "uploading a file": ["/staged-files?act=upload", "A file never changes once it is here"],
    tokens: ["/tokens", "There is no token yet"],
    "creating a token": ["/tokens?act=create", "It is shown once, right after"],
    events: ["/events", "CreateSecret"],
    "no event matches": ["/events?q=nothing-has-this-name", "No event matches"],
    "the login": ["/login", "This server asks who you are"],
    "no such page": ["/nothing/here", "There is no page at this address"],
  };
}

const wcag = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
/** All that can be wrong in one theme and right in the other. */
const ofColour = ["color-contrast", "link-in-text-block"];

/** What goes down further than the window and must not go beyond its side, where nobody looks for the rest. */
const notToScroll = "main, .panel, .vt .scroller, .board .cell";

/** Colours fade into those of the other theme, and on their way they are nobody's choice. */
async function stillness(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const fading = document.getAnimations().filter((each) => each instanceof CSSTransition);
    await Promise.allSettled(fading.map(({ finished }) => finished));
  });
}

async function complaintsOf(page: Page, colorScheme: "light" | "dark"): Promise<string[]> {
  await page.emulateMedia({ colorScheme });
  await stillness(page);
  // there are no frames to look into
  const axe = new AxeBuilder({ page }).setLegacyMode();
  const { violations } = await (colorScheme === "light" ? axe.withTags(wcag) : axe.withRules(ofColour)).analyze();
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, any }) => `${id}: ${help}: ${target.join(" ")} ${any[0]?.message ?? ""}`),
  );
}

for (const width of [1440, 390]) {
  test(`every page is within reach of everybody, in light and dark, ${width} wide`, async ({ page, team, faults }) => {
    faults.allow(/status of 404.*(GetTask|GetModel|GetSource|GetWorker)/);
    test.setTimeout(900_000);
    await page.setViewportSize({ width, height: width === 390 ? 844 : 900 });
    const found: string[] = [];
    for (const [name, [path, text]] of Object.entries(pagesOf(team))) {
      await page.goto(path);
      await expect(page.getByText(text).filter({ visible: true }).first(), `${name} at ${width}`).toBeVisible();
      for (const theme of ["light", "dark"] as const) {
        found.push(...(await complaintsOf(page, theme)).map((complaint) => `${name}, ${theme}: ${complaint}`));
      }
      const wider = await page.evaluate((parts) => {
        const all = [document.documentElement, ...document.querySelectorAll(parts)];
        return all.map((each) => each.scrollWidth - each.clientWidth).filter((by) => by > 0);
      }, notToScroll);
      if (wider.length > 0) found.push(`${name}: ${wider.join(" and ")} px wider than there is room for`);
    }
    expect(found).toEqual([]);
  });
}
