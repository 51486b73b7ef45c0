import type { Page } from "@playwright/test";

interface Watched {
  readonly tasks: readonly number[];
}

/** Looks from now on at what holds a page up for more than 50 ms. Answers how to read the lengths, in milliseconds. */
export async function watchLongTasks(page: Page): Promise<() => Promise<readonly number[]>> {
  await page.evaluate(() => {
    const tasks: number[] = [];
    Object.assign(window, { watched: { tasks } });
    new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({
      type: "longtask",
    });
  });
  return () => page.evaluate(() => (window as unknown as { readonly watched: Watched }).watched.tasks);
}

/** Megabytes that the page's scripts hold when what is not needed has been collected. */
export async function heapOf(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.enable");
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  await session.detach();
  return usedSize / 1e6;
}
