import { useEffect, useMemo, useSyncExternalStore } from "react";

import { LogFeed, type LogView } from "#lib/log-feed.ts";
import type { LogSource } from "#lib/log-source.ts";

/** The source's lines as one view a frame. */
export function useLogFeed(source: LogSource): { readonly feed: LogFeed; readonly view: LogView } {
  const feed = useMemo(() => new LogFeed(source), [source]);
  useEffect(() => feed.start(), [feed]);
  return { feed, view: useSyncExternalStore(feed.subscribe, feed.view) };
}
