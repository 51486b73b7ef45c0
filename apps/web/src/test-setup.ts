import { cleanup, configure } from "@testing-library/react";
import { afterEach } from "vitest";

// pages are fetched when they are first shown, and a busy machine takes its time
configure({ asyncUtilTimeout: 15_000 });

afterEach(cleanup);

/** What scrolls, by its class; everything else is one line high. */
const views = ".scroller, .log";

// happy-dom lays nothing out: give what scrolls a size, so that lists have rows in view
function size(
  name: "offsetHeight" | "offsetWidth" | "clientHeight" | "clientWidth",
  ofView: number,
  ofOthers: number,
): void {
  Object.defineProperty(HTMLElement.prototype, name, {
    configurable: true,
    get(this: HTMLElement) {
      return this.matches(views) ? ofView : ofOthers;
    },
  });
}
size("offsetHeight", 800, 20);
size("clientHeight", 800, 20);
size("offsetWidth", 1280, 1280);
size("clientWidth", 1280, 1280);
