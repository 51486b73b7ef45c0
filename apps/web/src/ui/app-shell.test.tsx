import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";

import { AppShell } from "./app-shell.tsx";
import { LinkProvider } from "./link.tsx";

afterEach(() => {
  localStorage.clear();
  delete document.documentElement.dataset.theme;
  delete document.documentElement.dataset.rail;
});

function shown(more: object = {}) {
  return (
    <AppShell
      nav={[
        { items: [{ href: "/", label: "Overview", icon: "flow" }] },
        {
          title: "Work",
          items: [{ href: "/tasks", label: "Tasks", icon: "tasks", current: true, count: "212", state: "running" }],
        },
      ]}
      home="/"
      pageKey="tasks"
      connection="live"
      crumbs={[
        { label: "Tasks", href: "/tasks" },
        { label: "train-lgbm", note: "#184233" },
      ]}
      {...more}
    >
      <h1>train-lgbm</h1>
    </AppShell>
  );
}

it("has its landmarks, marks the page and tells the connection", () => {
  const { rerender } = render(shown());
  const nav = screen.getByRole("navigation", { name: "Main" });
  expect(within(nav).getByRole("link", { name: /Tasks/, current: "page" }).getAttribute("href")).toBe("/tasks");
  expect(screen.getByRole("main")).toBeTruthy();
  const crumbs = screen.getByRole("navigation", { name: "Breadcrumb" });
  expect(
    within(crumbs)
      .getByText(/train-lgbm/)
      .getAttribute("aria-current"),
  ).toBe("page");
  expect(screen.getByText("Live")).toBeTruthy();
  expect(screen.queryByText(/has not answered since/)).toBeNull();
  rerender(shown({ connection: "offline" }));
  expect(screen.getByText("Offline")).toBeTruthy();
  const note = () => within(screen.getByRole("main")).queryByText(/has not answered since \d\d:\d\d/);
  expect(note()).toBeTruthy();
  rerender(shown({ connection: "connecting", pageKey: "workers" }));
  expect(note()).toBeTruthy();
  rerender(shown());
  expect(note()).toBeNull();
  expect(screen.getByRole("link", { name: "Skip to content" }).getAttribute("href")).toBe("#main");
});

it("opens the drawer, and closes it by escape and with the page", async () => {
  const { rerender } = render(shown());
  const open = () => userEvent.click(screen.getByRole("button", { name: "Open navigation" }));
  await open();
  expect(screen.getByRole("button", { name: "Close navigation" })).toBeTruthy();
  await userEvent.keyboard("{Escape}");
  expect(screen.queryByRole("button", { name: "Close navigation" })).toBeNull();
  await open();
  rerender(shown({ pageKey: "workers" }));
  expect(screen.queryByRole("button", { name: "Close navigation" })).toBeNull();
});

it("keeps the theme and the folded rail for the next visit", async () => {
  render(shown());
  await userEvent.click(screen.getByRole("button", { name: "Theme: As the system" }));
  await userEvent.click(screen.getByRole("button", { name: "Theme: Light" }));
  expect([document.documentElement.dataset.theme, localStorage.getItem("theme")]).toEqual(["dark", "dark"]);
  await userEvent.click(screen.getByRole("button", { name: "Collapse navigation" }));
  expect([document.documentElement.dataset.rail, localStorage.getItem("rail")]).toEqual(["icons", "icons"]);
  expect(screen.getByRole("button", { name: "Expand navigation" })).toBeTruthy();
});

it("leads by the router and asks for the search", async () => {
  const [navigate, search] = [vi.fn(), vi.fn()];
  render(<LinkProvider navigate={navigate}>{shown({ onSearch: search })}</LinkProvider>);
  await userEvent.click(screen.getByRole("link", { name: "Overview" }));
  await userEvent.click(screen.getByRole("button", { name: "Search or run a command Ctrl K" }));
  expect([navigate.mock.calls, search.mock.calls.length]).toEqual([[["/"]], 1]);
});
