import type { Page } from "@playwright/test";
import { ServerProcess } from "../../apps/server/test/server-process.ts";
import { expect, test as plain } from "../fixtures.ts";
import { every, type Million, makeMillion, perMinute, removeMillion } from "../million.ts";
import { call, submit } from "../rpc.ts";

const count = 1_000_000;

const test = plain.extend<object, { readonly million: Million & { readonly server: ServerProcess } }>({
  million: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads from the pattern what a fixture needs
    async ({}, use) => {
      const made = await makeMillion(count);
      const server = await ServerProcess.start({ dataFolder: made.dataFolder });
      await use({ ...made, server });
      await removeMillion(made, server);
    },
    { scope: "worker", timeout: 600_000 },
  ],
  baseURL: async ({ million }, use) => use(million.server.url),
});

/** Remembers from now on which task stands where, and whether one ever stood elsewhere. */
async function watchRows(page: Page) {
  await page.evaluate(() => {
    const rows: Record<string, number> = {};
    const moved: string[] = [];
    Object.assign(window, { rows, moved });
    const look = () => {
      for (const row of document.querySelectorAll("[role=row][aria-rowindex]")) {
        const index = row.getAttribute("aria-rowindex") ?? "";
        const id = Number(/\/tasks\/(\d+)$/.exec(row.querySelector("a.name")?.getAttribute("href") ?? "")?.[1]);
        if (!id) continue;
        if (rows[index] !== undefined && rows[index] !== id) moved.push(`${index}: ${rows[index]}, then ${id}`);
        rows[index] = id;
      }
    };
    look();
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true });
  });
}

/** The tasks that have stood in the list since, from its top; fails where one was passed over. */
async function seenRows(page: Page): Promise<number[]> {
  const { rows, moved } = await page.evaluate(() => {
    const { rows, moved } = window as unknown as {
      readonly rows: Record<string, number>;
      readonly moved: string[];
    };
    return { rows, moved };
  });
  expect(moved).toEqual([]);
  const indexes = Object.keys(rows)
    .map(Number)
    .sort((a, b) => a - b);
  expect(indexes).toEqual(indexes.map((_, place) => place + 2));
  return indexes.map((index) => rows[String(index)]!);
}

/** Turns the wheel by less than a screen at a time, so that every row is drawn. */
async function scrollDown(page: Page, rows: number): Promise<void> {
  await page.getByRole("grid", { name: "Tasks" }).hover();
  const last = () =>
    page.evaluate(() => {
      const all = [...document.querySelectorAll("[role=row][aria-rowindex]")];
      return Math.max(...all.map((row) => Number(row.getAttribute("aria-rowindex"))));
    });
  await expect
    .poll(
      async () => {
        await page.mouse.wheel(0, 480);
        return last();
      },
      { timeout: 120_000, intervals: [10] },
    )
    .toBeGreaterThan(rows);
}

const downFrom = (first: number, length: number, step = 1) => Array.from({ length }, (_, n) => first - n * step);
const clock = (at: number) =>
  new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/Berlin", dateStyle: "short", timeStyle: "short" })
    .format(at)
    .replace(" ", "T");

test("among a million tasks one scrolls, goes to a time, filters and acts, and misses none while more come in", async ({
  page,
  million,
}) => {
  test.setTimeout(480_000);
  const { server, begin } = million;
  let coming = true;
  const comers = (async () => {
    const ids: number[] = [];
    for (; coming; await new Promise((resolve) => setTimeout(resolve, 200))) ids.push(await submit(server, "true"));
    return ids;
  })();

  // from the top: nothing is skipped or doubled, and nothing moves although tasks come in above
  await page.goto("/tasks?q=crowd");
  await expect(page.getByText("over 10,000 match")).toBeVisible();
  await expect(page.getByRole("row", { name: /crowd 1000000/ })).toBeVisible();
  await watchRows(page);
  await scrollDown(page, 600);
  const top = await seenRows(page);
  expect(top).toEqual(downFrom(count, top.length));

  // into the middle by its time, and on from there
  const minute = 500;
  await page.getByRole("button", { name: "Go to a time" }).click();
  await page.getByRole("textbox", { name: "Begin the list at" }).fill(clock(begin + minute * 60_000));
  await page.getByRole("button", { name: "Go there" }).click();
  const middle = (minute + 1) * perMinute;
  await expect(page.getByRole("row", { name: new RegExp(`crowd ${middle}\\b`) })).toBeVisible();
  await expect(page).toHaveURL(/at=/);
  await watchRows(page);
  await scrollDown(page, 400);
  const from = await seenRows(page);
  expect(from).toEqual(downFrom(middle, from.length));
  await page.reload();
  await expect(page.getByRole("row", { name: new RegExp(`crowd ${middle}\\b`) })).toBeVisible();
  await page.getByRole("button", { name: "Newest" }).click();
  await expect(page.getByRole("row", { name: /crowd 1000000/ })).toBeVisible();

  // the other end
  await page.getByRole("columnheader", { name: "Created" }).getByRole("button").click();
  await expect(page.getByRole("row", { name: /crowd 1\b/ })).toBeVisible();

  // by a label that a hundred thousand have
  await page.goto("/tasks?label=fold%3Dyes");
  await expect(page.getByText("over 10,000 match")).toBeVisible();
  await watchRows(page);
  await scrollDown(page, 300);
  const folds = await seenRows(page);
  expect(folds).toEqual(downFrom(count, folds.length, every.fold));

  // all that match, seen or not
  const rare = count / every.rare;
  await page.goto("/tasks?label=rare%3Dyes&state=queued");
  await expect(page.getByText(`${rare.toLocaleString("en-GB")} match`)).toBeVisible();
  await page.getByRole("checkbox", { name: "Select all rows" }).check();
  const bar = page.getByRole("toolbar", { name: "Selected rows" });
  await bar.getByRole("button", { name: `Select all ${rare.toLocaleString("en-GB")} that match` }).click();
  await bar.getByRole("button", { name: "Cancel", exact: true }).click();
  await page.getByRole("button", { name: /^Cancel 2,500 tasks/ }).click();
  await expect.poll(async () => (await batch(server))?.state, { timeout: 120_000 }).toBe("TASK_BATCH_STATE_DONE");
  expect(await batch(server)).toMatchObject({ done: rare });
  coming = false;
  const newest = await comers;
  expect(new Set(newest).size).toBe(newest.length);
  const { tasks = [], total } = await call<{ tasks?: { id: number }[]; total: number }>(
    server,
    "tributary.v1.TaskService/ListTasks",
    { filter: { labels: ["rare=yes"], states: ["TASK_STATE_CANCELLED"] }, pageSize: 1000 },
  );
  expect(total).toBe(rare);
  expect(tasks.map(({ id }) => id)).toEqual(downFrom(count, 1_000, every.rare));
});

async function batch(server: ServerProcess) {
  const { batches } = await call<{ batches?: { done: number; state: string }[] }>(
    server,
    "tributary.v1.TaskBatchService/ListTaskBatches",
    {},
  );
  return batches?.[0];
}
