import { act, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";

import { AttemptTimeline } from "./attempt-timeline.tsx";
import { CodeBlock } from "./code-block.tsx";
import { ErrorState } from "./error-state.tsx";
import { Explain } from "./explain.tsx";
import { FilterChip, ToggleChip } from "./filter-chip.tsx";
import { DurationBar, Meter } from "./meter.tsx";
import { RelativeTime } from "./relative-time.tsx";
import { StateGlyph, StateLabel } from "./state-glyph.tsx";
import { Tabs } from "./tabs.tsx";

afterEach(() => vi.useRealTimers());

it("says a state in words, or by a named picture", () => {
  render(
    <>
      <StateLabel state="timed-out" />
      <StateGlyph state="failed" label="Failed" />
    </>,
  );
  expect(screen.getByText("Timed out")).toBeTruthy();
  expect(screen.getByRole("img", { name: "Failed" })).toBeTruthy();
});

it("explains with checks and a way out", () => {
  render(
    <Explain
      state="waiting"
      say="No machine can hold it."
      checks={[{ state: "waiting", text: "Free room", decides: true }]}
      actions={<button type="button">Ask for less</button>}
    />,
  );
  expect(screen.getByRole("listitem").querySelector("b")?.textContent).toBe("Free room");
  expect(screen.getByRole("button", { name: "Ask for less" })).toBeTruthy();
});

it("shows used and usual in numbers too", () => {
  render(
    <>
      <Meter label="Memory" used={0.4} held={0.6} />
      <DurationBar ms={90_000} usual={60_000} state="running" />
    </>,
  );
  expect(screen.getByRole("meter", { name: "Memory" }).getAttribute("aria-valuenow")).toBe("40");
  expect(screen.getByText("usually 1m 00s")).toBeTruthy();
});

it("ticks", () => {
  vi.useFakeTimers();
  render(<RelativeTime at={Date.now() - 3000} />);
  expect(screen.getByText("3s")).toBeTruthy();
  for (let second = 0; second < 5; second += 1) {
    act(() => void vi.advanceTimersByTime(1000));
  }
  expect(screen.getByText("8s")).toBeTruthy();
});

it("copies a command and says so", async () => {
  const user = userEvent.setup();
  render(<CodeBlock label="Command" code="npx tributary worker" />);
  await user.click(screen.getByRole("button", { name: "Copy" }));
  expect(await navigator.clipboard.readText()).toBe("npx tributary worker");
  expect(screen.getByRole("status").textContent).toBe("Copied");
});

it("drops a filter and switches one", async () => {
  const [remove, change] = [vi.fn(), vi.fn()];
  render(
    <>
      <FilterChip name="State" relation="is" value="failed" onRemove={remove} />
      <ToggleChip pressed={false} onChange={change} count={2}>
        Refused
      </ToggleChip>
    </>,
  );
  await userEvent.click(screen.getByRole("button", { name: "Remove filter State" }));
  await userEvent.click(screen.getByRole("button", { name: "Refused 2", pressed: false }));
  expect([remove.mock.calls.length, change.mock.calls]).toEqual([1, [[true]]]);
});

it("offers to try again after a failure", async () => {
  const again = vi.fn();
  render(<ErrorState onRetry={again}>The server answered “unavailable”.</ErrorState>);
  expect(screen.getByRole("alert").textContent).toContain("unavailable");
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(again).toHaveBeenCalledTimes(1);
});

it("changes tabs by arrow keys", async () => {
  const change = vi.fn();
  const tabs = [
    { id: "log", label: "Log", count: 47_298 },
    { id: "events", label: "Events" },
  ] as const;
  render(
    <Tabs label="Task" tabs={tabs} value="log" onChange={change}>
      the log
    </Tabs>,
  );
  screen.getByRole("tab", { name: "Log 47,298", selected: true }).focus();
  await userEvent.keyboard("{ArrowRight}");
  expect(change).toHaveBeenCalledExactlyOnceWith("events");
  expect(screen.getByRole("tabpanel").textContent).toBe("the log");
});

it("draws each phase of each attempt with its length in words", () => {
  render(
    <AttemptTimeline
      current={2}
      lanes={[
        {
          number: 1,
          state: "lost",
          label: "Worker lost",
          note: "no heartbeat",
          bars: [{ phase: "running", from: 0, to: 60_000 }],
        },
        {
          number: 2,
          state: "failed",
          label: "Exit 1",
          href: "#2",
          bars: [{ phase: "queued", from: 60_000, to: 180_000, note: "back-off" }],
        },
      ]}
    />,
  );
  expect(screen.getByRole("img", { name: "running 1m 00s" })).toBeTruthy();
  expect(screen.getByRole("img", { name: "queued or backing off 2m 00s: back-off" }).style.left).toMatch(/^33\.0/);
  expect(screen.getByRole("link", { name: /2.*Exit 1/, current: true })).toBeTruthy();
  expect(screen.getByText("no heartbeat")).toBeTruthy();
});

it.each([
  [-3000, "3s ago"],
  [0, "now"],
  [60_000, "in 1m"],
])("a time %d ms away from now reads %s", (ms, text) => {
  vi.useFakeTimers({ now: 1_000_000 });
  render(<RelativeTime at={Date.now() + ms} suffix=" ago" />);
  expect(screen.getByText(text)).toBeTruthy();
  vi.useRealTimers();
});
