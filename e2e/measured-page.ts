import type { Page } from "@playwright/test";

/** Looks from now on at what holds a page up for more than 50 ms. Answers how to read the lengths, in milliseconds. */
export async function watchLongTasks(page: Page): Promise<() => Promise<readonly number[]>> {
  // As text: programs that are not made for browsers use this too.
  await page.evaluate(
    `(() => {
      window.watched = [];
      const watch = (list) => window.watched.push(...list.getEntries().map(({ duration }) => duration));
      new PerformanceObserver(watch).observe({ type: "longtask" });
    })()`,
  );
  return () => page.evaluate<readonly number[]>("window.watched");
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
