import { createBrowserHistory } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { createServerTransport } from "#api/transport.ts";
import { browserTabs } from "#api/watch/share-changes.ts";
import { createApp } from "./app.tsx";

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no element with the id root.");

const { element } = createApp({
  transport: createServerTransport(),
  logTransport: createServerTransport({ binary: true }),
  history: createBrowserHistory(),
  watch: { tabs: browserTabs() },
});
createRoot(root).render(<StrictMode>{element}</StrictMode>);
