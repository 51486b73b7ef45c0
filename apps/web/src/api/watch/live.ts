import type { Transport } from "@connectrpc/connect";
import type { QueryClient } from "@tanstack/react-query";

import { createCacheFeed } from "#api/watch/cache-feed.ts";
import type { Change } from "#api/watch/change.ts";
import { type Connection, type FollowChanges, followChanges } from "#api/watch/follow-changes.ts";
import { shareChanges, type Tabs } from "#api/watch/share-changes.ts";

/** The one watch of this tab: its connection, and what it tells. */
export interface Live {
  readonly connection: () => Connection;
  readonly onConnection: (listener: () => void) => () => void;
  /** Told of each change after the query cache has taken it, until the returned function is called. */
  readonly onChange: (listener: (change: Change) => void) => () => void;
  readonly stop: () => void;
}

export interface LiveOptions {
  readonly transport: Transport;
  readonly client: QueryClient;
  /** Other tabs of this browser, to share one stream with. Without them the stream is this tab's own. */
  readonly tabs?: Tabs | undefined;
  readonly gather?: number;
  readonly every?: number;
  readonly silence?: number;
}

/** Starts watching, until `stop` is called. */
export function startLive({ transport, client, tabs, silence, ...feedOptions }: LiveOptions): Live {
  const ended = new AbortController();
  const connectionListeners = new Set<() => void>();
  const changeListeners = new Set<(change: Change) => void>();
  let connection: Connection = "connecting";

  const onChange = (change: Change) => {
    for (const listener of changeListeners) listener(change);
  };
  const feed = createCacheFeed({ client, signal: ended.signal, onChange, ...feedOptions });
  const follow: FollowChanges = {
    transport,
    signal: ended.signal,
    ...(silence !== undefined && { silence }),
    onMessage: feed.take,
    onGap: feed.readAgain,
    onConnection: (next) => {
      if (connection === next) return;
      connection = next;
      for (const listener of connectionListeners) listener();
    },
  };
  void (tabs ? shareChanges(follow, tabs) : followChanges(follow));
  return {
    connection: () => connection,
    onConnection: (listener) => subscribe(connectionListeners, listener),
    onChange: (listener) => subscribe(changeListeners, listener),
    stop: () => ended.abort(),
  };
}

function subscribe<Listener>(listeners: Set<Listener>, listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
