import { createContext, useContext, useEffect, useEffectEvent, useSyncExternalStore } from "react";

import type { Change } from "#api/watch/change.ts";
import type { Connection } from "#api/watch/follow-changes.ts";
import type { Live } from "#api/watch/live.ts";

/** The tab's one watch, for everything below. */
export const LiveContext = createContext<Live | undefined>(undefined);

function useLive(): Live {
  const live = useContext(LiveContext);
  if (live === undefined) throw new Error("No watch: put this below a LiveContext.");
  return live;
}

/** Whether the page is kept up to date. */
export function useConnection(): Connection {
  const live = useLive();
  return useSyncExternalStore(live.onConnection, live.connection);
}

/** Calls back with each change, after the query cache has taken it. */
export function useWatch(listener: (change: Change) => void): void {
  const live = useLive();
  const heard = useEffectEvent(listener);
  useEffect(() => live.onChange((change) => heard(change)), [live]);
}
