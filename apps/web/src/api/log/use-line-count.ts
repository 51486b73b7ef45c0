import { useCallback, useSyncExternalStore } from "react";

import { subscribeCalmly } from "#api/log/subscribe-calmly.ts";
import type { WindowedLog } from "#lib/windowed-log.ts";

/** How many lines a log has. */
export function useLineCount(log: WindowedLog | undefined): number {
  const subscribe = useCallback((listener: () => void) => (log ? subscribeCalmly(log, listener) : () => {}), [log]);
  return useSyncExternalStore(subscribe, () => log?.lineCount ?? 0);
}
