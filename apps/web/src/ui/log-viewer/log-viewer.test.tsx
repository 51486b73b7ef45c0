import { fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { afterEach, expect, it, vi } from "vitest";

import type { LineRange } from "#lib/line-range.ts";
import type { LogLine } from "#lib/log-source.ts";
import { WindowedLog } from "#lib/windowed-log.ts";
import type { LogSearch } from "./log-find.tsx";
import { LogViewer } from "./log-viewer.tsx";
import type { LogViewerProps } from "./props.ts";

afterEach(() => localStorage.clear());

const made = (from: number, to: number): LogLine[] =>
  Array.from({ length: to - from }, (_, index) => ({ text: `line ${from + index + 1}` }));

/** A log with so many lines, which come from a server when asked for. */
function logOf(count: number): WindowedLog {
  const log = new WindowedLog(async (from, to) => made(from, Math.min(to, count)));
  log.grow(count);
  return log;
}

function Viewer({ range: first, ...props }: Partial<LogViewerProps> & Pick<LogViewerProps, "source">) {
  const [range, setRange] = useState<LineRange | undefined>(first);
  return <LogViewer name="train-lgbm" range={range} onRangeChange={setRange} {...props} />;
}

const log = () => screen.getByRole("log", { name: "Log of train-lgbm" });
/** A browser would scroll and then tell. */
function scrollTo(top: number) {
  log().scrollTop = top;
  fireEvent.scroll(log());
}

it("starts at the end of a log of five million lines and draws a window of it", async () => {
  render(<Viewer source={logOf(5_000_000)} />);
  expect(await screen.findByText("line 5000000")).toBeTruthy();
  expect(screen.getAllByRole("link").length).toBeLessThan(120);
  expect(screen.getByRole("link", { name: "Line 5,000,000" }).getAttribute("href")).toBe("#L5000000");
});

it("follows until the reader scrolls up, then counts what comes, and goes on at End", async () => {
  const source = logOf(1000);
  render(<Viewer source={source} />);
  await screen.findByText("line 1000");
  source.append(1000, made(1000, 1010));
  await screen.findByText("line 1010");
  scrollTo(log().scrollTop - 400);
  source.append(1010, made(1010, 1048));
  expect(await screen.findByRole("button", { name: /38 new lines/ })).toBeTruthy();
  expect(screen.queryByText("line 1048")).toBeNull();
  fireEvent.keyDown(log(), { key: "End" });
  await screen.findByText("line 1048");
  expect(screen.queryByRole("button", { name: /new line/ })).toBeNull();
});

it("draws what comes at the end once, in the rows of what it takes the place of", async () => {
  const source = logOf(0);
  source.append(0, made(0, 1000));
  render(<Viewer source={source} />);
  const last = await screen.findByText("line 1000");
  let empty = 0;
  const observer = new MutationObserver(() => {
    empty += log().querySelectorAll(".l--missing").length;
  });
  observer.observe(log(), { subtree: true, childList: true, attributes: true });
  source.append(1000, made(1000, 9004));
  expect(await screen.findByText("line 9004")).toBe(last);
  expect(empty).toBe(0);
  expect(screen.queryByText("line 1000")).toBeNull();
  observer.disconnect();
});

it("brings a range from the address into view and extends it with shift", async () => {
  const change = vi.fn();
  render(<Viewer source={logOf(100_000)} range={{ from: 47_250, to: 47_255 }} onRangeChange={change} />);
  const number = await screen.findByRole("link", { name: "Line 47,250" });
  expect(number.closest(".l")?.className).toContain("l--range");
  expect(screen.getByRole("button", { name: "Copy link to 47,250–47,255" })).toBeTruthy();
  fireEvent.click(screen.getByRole("link", { name: "Line 47,260" }), { shiftKey: true });
  expect(change).toHaveBeenLastCalledWith({ from: 47_250, to: 47_260 });
  fireEvent.click(screen.getByRole("link", { name: "Line 47,252" }));
  expect(change).toHaveBeenLastCalledWith({ from: 47_252, to: 47_252 });
  fireEvent.keyDown(log(), { key: "Escape" });
  expect(change).toHaveBeenLastCalledWith(undefined);
});

it("waits for a line that the log does not have yet", async () => {
  const source = logOf(0);
  render(<Viewer source={source} range={{ from: 500, to: 500 }} />);
  expect(screen.getByText("Nothing has been written yet.")).toBeTruthy();
  source.append(0, made(0, 2000));
  expect((await screen.findByText("line 500")).closest(".l")?.className).toContain("l--range");
});

it("shows colours, folds rewrites, marks levels and the error stream", async () => {
  const source = new WindowedLog(async () => []);
  source.append(0, [
    { text: "\u001b[31;1mERROR\u001b[0m no" },
    { text: "0%\r50%\r100% done", stream: "stderr", folded: 3 },
    { text: "WARN old", at: Date.UTC(2026, 10, 22, 2, 47, 3, 118) },
    { text: "x".repeat(20_000) },
  ]);
  source.end();
  localStorage.setItem("log", JSON.stringify({ time: "utc", wrap: true }));
  render(<Viewer source={source} />);
  expect((await screen.findByText("ERROR")).className).toBe("a-red a-bold");
  const rows = screen.getAllByRole("link").map((number) => number.closest(".l"));
  expect(rows.map((row) => row?.className.trim())).toEqual(["l l--error", "l l--stderr", "l l--warn", "l"]);
  expect(rows[1]?.textContent).toBe("2100% done5 updates folded");
  expect(rows[2]?.textContent).toContain("02:47:03.118");
  expect(rows[3]?.textContent).toContain("9.77 KiB more not shown");
});

it("leaves searching to its owner, marks hits and shows the current one", async () => {
  const [onSearch, onStep] = [vi.fn(), vi.fn()];
  const source = logOf(10_000);
  const query = { text: "line 42", matchCase: false, regexp: false };
  const found: LogSearch = { query, status: "done", total: 14, current: 9, line: 4242 };
  const { rerender } = render(<Viewer source={source} onSearch={onSearch} onSearchStep={onStep} />);
  fireEvent.keyDown(log(), { key: "/" });
  const field = screen.getByRole("textbox", { name: "Search the whole log" });
  expect(document.activeElement).toBe(field);
  await userEvent.type(field, "line 42");
  await waitFor(() => expect(onSearch).toHaveBeenLastCalledWith(query));
  rerender(<Viewer source={source} onSearch={onSearch} onSearchStep={onStep} search={found} />);
  expect(screen.getByText("9 of 14")).toBeTruthy();
  await userEvent.type(field, "{Enter}{Shift>}{Enter}{/Shift}");
  expect(onStep.mock.calls).toEqual([[1], [-1]]);
  await waitFor(() => expect(document.querySelector("mark.now")?.textContent).toBe("line 42"));
  expect(document.querySelector("mark.now")?.closest("[data-line]")?.getAttribute("data-line")).toBe("4242");
  fireEvent.keyDown(log(), { key: "n" });
  expect(onStep).toHaveBeenCalledTimes(3);
});

it("says what is wrong with an expression", () => {
  const search: LogSearch = {
    query: { text: "(", matchCase: false, regexp: true },
    status: "failed",
    total: 0,
    current: 0,
    message: "missing )",
  };
  render(<Viewer source={logOf(3)} search={search} onSearch={() => {}} />);
  expect(screen.getByText("missing )")).toBeTruthy();
});

it("steps to the next error and goes there", async () => {
  const findLevel = vi.fn(async () => 500);
  render(<Viewer source={logOf(1000)} levels={[{ level: "error", count: 3 }]} findLevel={findLevel} />);
  await userEvent.click(screen.getByRole("button", { name: "Previous error" }));
  expect((await screen.findByText("line 500")).closest(".l")?.className).toContain("l--range");
  expect(findLevel).toHaveBeenCalledWith("error", -1, expect.any(Number));
});

it("steps once more for each click, however quickly they come", async () => {
  const answers: (() => void)[] = [];
  const findLevel = vi.fn(async (_: string, __: number, line: number) => {
    await new Promise<void>((resolve) => answers.push(resolve));
    return line > 300 ? line - 100 : undefined;
  });
  const range = { from: 700, to: 700 };
  render(<Viewer source={logOf(1000)} range={range} levels={[{ level: "error", count: 3 }]} findLevel={findLevel} />);
  const button = screen.getByRole("button", { name: "Previous error" });
  for (let click = 0; click < 5; click++) fireEvent.click(button);
  for (let step = 0; step < 5; step++) {
    await waitFor(() => expect(answers).toHaveLength(step + 1));
    answers[step]?.();
  }
  expect((await screen.findByText("line 300")).closest(".l")?.className).toContain("l--range");
  expect(findLevel.mock.calls.map(([, , line]) => line)).toEqual([700, 600, 500, 400, 300]);
});

it("rules between attempts and offers parts to download", async () => {
  const [download, only] = [vi.fn(), vi.fn()];
  const attempts = [
    {
      number: 3,
      line: 990,
      state: "failed",
      worker: "gpu-a-07",
      action: { label: "Show only this attempt", onAct: only },
    },
  ] as const;
  render(<Viewer source={logOf(1000)} attempts={attempts} onDownload={download} range={{ from: 995, to: 998 }} />);
  await userEvent.click(await screen.findByRole("button", { name: "Show only this attempt" }));
  expect(only).toHaveBeenCalledTimes(1);
  await userEvent.click(screen.getByRole("button", { name: "Download" }));
  await userEvent.click(await screen.findByRole("menuitem", { name: "Lines 995–998" }));
  expect(download).toHaveBeenLastCalledWith("range", { from: 995, to: 998 });
  await userEvent.click(screen.getByRole("button", { name: "Download" }));
  await userEvent.click(await screen.findByRole("menuitem", { name: "The whole log" }));
  expect(download).toHaveBeenLastCalledWith("all", { from: 1, to: 1000 });
});

it("keeps how the reader likes logs", async () => {
  const { unmount } = render(<Viewer source={logOf(3)} />);
  await userEvent.click(screen.getByRole("button", { name: "Wrap long lines", pressed: true }));
  unmount();
  render(<Viewer source={logOf(3)} />);
  expect(screen.getByRole("button", { name: "Wrap long lines", pressed: false })).toBeTruthy();
});

it("says when lines cannot be read and reads them again", async () => {
  let fails = true;
  const source = new WindowedLog(async (from, to) => {
    if (fails) throw new Error("unavailable");
    return made(from, Math.min(to, 10));
  });
  source.grow(10);
  render(<Viewer source={source} />);
  const alert = await screen.findByRole("alert");
  fails = false;
  await userEvent.click(within(alert).getByRole("button", { name: "Try again" }));
  expect(await screen.findByText("line 10")).toBeTruthy();
});

it("moves over the whole log by the stripe at its edge", async () => {
  render(<Viewer source={logOf(1_000_000)} />);
  const stripe = screen.getByRole("scrollbar", { name: "Whole log, 1,000,000 lines" });
  await screen.findByText("line 1000000");
  expect(Number(stripe.getAttribute("aria-valuenow"))).toBe(100);
  fireEvent.keyDown(stripe, { key: "Home" });
  expect(await screen.findByText("line 1")).toBeTruthy();
  expect(stripe.getAttribute("aria-valuenow")).toBe("0");
});
