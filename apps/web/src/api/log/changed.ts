import type { LogSource } from "#lib/log-source.ts";

/** Between two searches of a log that grows, in milliseconds. */
const usualRest = 1000;

/** Waits for a change of the log, and then a moment for more. */
export async function changed(log: LogSource, signal: AbortSignal, rest = usualRest): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = () => {
      unsubscribe();
      signal.removeEventListener("abort", done);
      resolve();
    };
    const unsubscribe = log.subscribe(done);
    signal.addEventListener("abort", done);
    if (signal.aborted || log.ended) done();
  });
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, rest);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
