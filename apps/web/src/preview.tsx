import { Code, ConnectError } from "@connectrpc/connect";
import { createMemoryHistory } from "@tanstack/react-router";
import { createRoot } from "react-dom/client";

import { sampleWorld } from "#api/fixtures/sample-world.ts";
import { World } from "#api/fixtures/world.ts";
import { worldTransport } from "#api/fixtures/world-transport.ts";
import { createApp } from "./app.tsx";

/**
 * The whole dashboard over a server in memory, for looking at without one. Not part of the build.
 *
 * `preview.html?world=full|empty|failing|loading#/tasks`; going on from there leaves the address as it is.
 */
const kind = new URLSearchParams(location.search).get("world") ?? "full";
const world = kind === "full" ? sampleWorld() : new World();
if (kind === "loading") world.delay = Number.POSITIVE_INFINITY;
if (kind === "failing") {
  const gone = new ConnectError("connection refused", Code.Unavailable);
  for (const method of [
    "listTasks",
    "getTask",
    "listSources",
    "listSecrets",
    "listSecretVersions",
    "getKeyRing",
    "listProjects",
    "getProject",
    "listWorkers",
    "getOverview",
    "watch",
  ]) {
    world.failing.set(method, gone);
  }
}
Object.assign(window, { world });

const root = document.getElementById("root");
if (root)
  createRoot(root).render(
    createApp({
      transport: worldTransport(world),
      history: createMemoryHistory({ initialEntries: [location.hash.slice(1) || "/"] }),
    }).element,
  );
