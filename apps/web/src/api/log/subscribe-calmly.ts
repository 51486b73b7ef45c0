import type { LogSource } from "#lib/log-source.ts";

/** Calls back after changes of a log, at most some times a second: it may grow by thousands. */
export function subscribeCalmly(log: LogSource, listener: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tell = () => {
    timer = undefined;
    listener();
  };
  const unsubscribe = log.subscribe(() => {
    timer ??= setTimeout(tell, 250);
  });
  return () => {
    clearTimeout(timer);
    unsubscribe();
  };
}
