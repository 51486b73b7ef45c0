import type { Transport } from "@connectrpc/connect";
import { TransportProvider } from "@connectrpc/connect-query";
import { type QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { type RouterHistory, RouterProvider } from "@tanstack/react-router";
import type { ReactElement } from "react";

import { guardTransport } from "#api/guard-transport.ts";
import { LogTransportContext } from "#api/log/log-transport.ts";
import { createQueryClient } from "#api/query-client.ts";
import { LiveContext } from "#api/use-watch.ts";
import { type LiveOptions, startLive } from "#api/watch/live.ts";
import { links } from "#pages/links.ts";
import { createAppRouter } from "./routes.tsx";

export interface AppOptions {
  readonly transport: Transport;
  /** For output, where bytes are better not written as text. The other one, if absent. */
  readonly logTransport?: Transport;
  readonly history: RouterHistory;
  readonly watch?: Pick<LiveOptions, "gather" | "every" | "silence" | "tabs">;
}

export interface RunningApp {
  readonly element: ReactElement;
  readonly client: QueryClient;
  /** Ends the watch and forgets everything. */
  readonly stop: () => void;
}

/** The dashboard over a way to the server and a way through its pages. It watches the server from now on. */
export function createApp({
  transport: givenTransport,
  logTransport: givenLogTransport,
  history,
  watch,
}: AppOptions): RunningApp {
  const client = createQueryClient();
  const router = createAppRouter(history);
  // To the login and back, once however many calls are refused.
  const askWho = () => {
    if (!history.location.pathname.startsWith("/login")) history.push(links.login(history.location.href));
  };
  const transport = guardTransport(givenTransport, askWho);
  const logTransport = givenLogTransport && guardTransport(givenLogTransport, askWho);
  const live = startLive({ transport, client, ...watch });
  const stop = () => {
    live.stop();
    client.clear();
  };
  const element = (
    <TransportProvider transport={transport}>
      <LogTransportContext value={logTransport ?? transport}>
        <QueryClientProvider client={client}>
          <LiveContext value={live}>
            <RouterProvider router={router} />
          </LiveContext>
        </QueryClientProvider>
      </LogTransportContext>
    </TransportProvider>
  );
  return { element, client, stop };
}
