import { Code, ConnectError } from "@connectrpc/connect";
import { waitFor } from "@testing-library/react";
import { TaskState } from "@tributary/proto/tributary/v1/tasks_pb";
import { afterEach, expect, test } from "vitest";

import { oneBrowser } from "#api/fixtures/one-browser.ts";
import { World } from "#api/fixtures/world.ts";
import { worldTransport } from "#api/fixtures/world-transport.ts";
import { shareChanges, type Tabs } from "#api/watch/share-changes.ts";

const open: AbortController[] = [];
afterEach(() => {
  for (const tab of open.splice(0)) tab.abort();
});

/** A tab with what it heard. */
function openTab(world: World, tabs: Tabs, silence = 40_000) {
  const closing = new AbortController();
  open.push(closing);
  const heard: number[] = [];
  const tab = { connection: "", gaps: 0, heard, close: () => closing.abort() };
  void shareChanges(
    {
      transport: worldTransport(world),
      signal: closing.signal,
      silence,
      onMessage: (message) => heard.push(...message.tasks.map(({ id }) => id)),
      onConnection: (connection) => {
        tab.connection = connection;
      },
      onGap: () => {
        tab.gaps += 1;
      },
    },
    tabs,
  );
  return tab;
}

function streams(world: World): number {
  return world.calls.filter(({ method }) => method === "watch").length;
}

test("two tabs hear the same over one stream", async () => {
  const world = new World();
  const browser = oneBrowser();
  const first = openTab(world, browser());
  await waitFor(() => expect(first.connection).toBe("live"));
  const second = openTab(world, browser());
  await waitFor(() => expect(second.connection).toBe("live"));
  world.putTask({ id: 1, state: TaskState.ACTIVE });
  await waitFor(() => expect([first.heard, second.heard]).toEqual([[1], [1]]));
  expect(streams(world)).toBe(1);
  expect(world.watchers).toBe(1);
});

test("when the tab with the stream closes, another goes on where it was", async () => {
  const world = new World();
  const browser = oneBrowser();
  const first = openTab(world, browser());
  await waitFor(() => expect(first.connection).toBe("live"));
  const second = openTab(world, browser());
  world.putTask({ id: 1 });
  await waitFor(() => expect(second.heard).toEqual([1]));
  first.close();
  world.putTask({ id: 2 });
  await waitFor(() => expect(second.heard).toEqual([1, 2]));
  expect(second.gaps).toBe(0);
  expect(second.connection).toBe("live");
});

test("a lost server is told in every tab", async () => {
  const world = new World();
  const browser = oneBrowser();
  const tabs = [openTab(world, browser()), openTab(world, browser())];
  await waitFor(() => expect(tabs.map((tab) => tab.connection)).toEqual(["live", "live"]));
  world.failing.set("watch", new ConnectError("gone", Code.Unavailable));
  world.cut();
  await waitFor(() => expect(tabs.map((tab) => tab.connection)).toEqual(["offline", "offline"]));
});

test("a tab that hears nothing takes the stream over by force", async () => {
  const world = new World();
  const browser = oneBrowser();
  const frozen = browser();
  // has the lock and never says a word
  void frozen.locks.request("tributary changes", {}, () => new Promise(() => {})).catch(() => undefined);
  const tab = openTab(world, browser(), 200);
  await waitFor(() => expect(tab.connection).toBe("live"));
  world.putTask({ id: 1 });
  await waitFor(() => expect(tab.heard).toEqual([1]));
});

test("a tab whose stream was taken over listens again, and both hear everything once", async () => {
  const world = new World();
  const browser = oneBrowser();
  const first = openTab(world, browser());
  await waitFor(() => expect(first.connection).toBe("live"));
  const thief = browser();
  let giveBack = () => {};
  const held = new Promise<void>((resolve) => {
    giveBack = resolve;
  });
  void thief.locks.request("tributary changes", { steal: true }, () => held).catch(() => undefined);
  await waitFor(() => expect(world.watchers).toBe(0));
  giveBack();
  await waitFor(() => expect(world.watchers).toBe(1));
  world.putTask({ id: 1 });
  await waitFor(() => expect(first.heard).toEqual([1]));
});
