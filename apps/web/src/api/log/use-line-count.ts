import { useCallback, useSyncExternalStore } from "react";

import type { WindowedLog } from "#lib/windowed-log.ts";

/** How many lines a log has, at most some times a second: it may grow by thousands. */
export function useLineCount(log: WindowedLog | undefined): number {
  const subscribe = useCallback(
    (listener: () => void) => {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const tell = () => {
        timer = undefined;
        listener();
      };
      const unsubscribe = log?.subscribe(() => {
        timer ??= setTimeout(tell, 250);
      });
      return () => {
        clearTimeout(timer);
        unsubscribe?.();
      };
    },
    [log],
  );
  return useSyncExternalStore(subscribe, () => log?.lineCount ?? 0);
}
