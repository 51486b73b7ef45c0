import { createMemoryHistory } from "@tanstack/react-router";
import { render } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { onTestFinished } from "vitest";

import { World } from "#api/fixtures/world.ts";
import { worldTransport } from "#api/fixtures/world-transport.ts";
import { createApp } from "../app.tsx";

/** The whole dashboard at an address, over a server in memory. It ends with the test. */
export function openApp(path: string, world = new World()) {
  const history = createMemoryHistory({ initialEntries: [path] });
  const { element, client, stop } = createApp({
    transport: worldTransport(world),
    history,
    watch: { gather: 1, every: 20 },
  });
  onTestFinished(stop);
  render(element);
  return { world, client, user: userEvent.setup(), address: () => history.location.href };
}

/** What a method was asked, call by call. */
export function requestsOf(world: World, method: string): readonly unknown[] {
  return world.calls.filter((call) => call.method === method).map((call) => call.request);
}
