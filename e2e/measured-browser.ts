import { type CDPSession, chromium, type Page } from "playwright";
import { chromiumLaunch } from "./chromium-launch.ts";
import { heapOf, watchLongTasks } from "./measured-page.ts";

/** What a page's thread was busy with, in milliseconds of a processor: other programs do not count. */
export interface Spent {
  readonly script: number;
  /** Script, style and layout together. */
  readonly work: number;
  /** All that the thread did, painting among it. */
  readonly all: number;
}

/** A page that is measured from outside: what a test would do inside it would count as its own work. */
export class MeasuredPage {
  readonly page: Page;
  readonly #cdp: CDPSession;

  private constructor(page: Page, cdp: CDPSession) {
    this.page = page;
    this.#cdp = cdp;
  }

  /** Opens a browser at an address and closes it afterwards. */
  static async with<T>(url: string, act: (measured: MeasuredPage) => Promise<T>): Promise<T> {
    const browser = await chromium.launch(chromiumLaunch());
    try {
      const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, reducedMotion: "reduce" });
      const cdp = await page.context().newCDPSession(page);
      await cdp.send("Performance.enable", { timeDomain: "threadTicks" });
      await page.goto(url);
      return await act(new MeasuredPage(page, cdp));
    } finally {
      await browser.close();
    }
  }

  /** Loads the page anew. Answers the milliseconds until something is there and the page has nothing more to do. */
  async reload(selector: string): Promise<number> {
    await this.page.reload();
    await this.page.locator(selector).first().waitFor();
    return this.page.evaluate<number>(
      "new Promise((resolve) => requestIdleCallback(() => resolve(performance.now())))",
    );
  }

  /** Turns the wheel over an element, each time when the page has drawn the turn before. Answers what each turn took. */
  async scroll(selector: string, turns: number, pixels: number): Promise<readonly Spent[]> {
    const box = await this.page.locator(selector).first().boundingBox();
    if (!box) throw new Error(`there is no ${selector} to scroll`);
    await this.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    const spent: Spent[] = [];
    let before = await this.spent();
    for (let turn = 0; turn < turns; turn++) {
      await this.page.mouse.wheel(0, pixels);
      await this.page.evaluate("new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))");
      const after = await this.spent();
      spent.push(spentSince(before, after));
      before = after;
    }
    return spent;
  }

  /** Looks from now on at what holds the page up for more than 50 ms. Answers how to read the lengths, in milliseconds. */
  freezes(): Promise<() => Promise<readonly number[]>> {
    return watchLongTasks(this.page);
  }

  /** Megabytes that the page's scripts hold when what is not needed has been collected. */
  heap(): Promise<number> {
    return heapOf(this.page);
  }

  /** Since the page was opened. */
  async spent(): Promise<Spent> {
    const { ScriptDuration = 0, LayoutDuration = 0, RecalcStyleDuration = 0, TaskDuration = 0 } = await this.#metrics();
    return {
      script: ScriptDuration * 1_000,
      work: (ScriptDuration + LayoutDuration + RecalcStyleDuration) * 1_000,
      all: TaskDuration * 1_000,
    };
  }

  async #metrics(): Promise<Readonly<Record<string, number>>> {
    const { metrics } = await this.#cdp.send("Performance.getMetrics");
    return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
  }
}

export function spentSince(before: Spent, after: Spent): Spent {
  return { script: after.script - before.script, work: after.work - before.work, all: after.all - before.all };
}
