/**
 * Waits for `ms` milliseconds, or less: until `signal` aborts, the network comes back, or the reader returns to the
 * tab, for then a new try is worth while.
 */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", wake);
      removeEventListener("online", wake);
      document.removeEventListener("visibilitychange", wakeWhenSeen);
      resolve();
    };
    const wakeWhenSeen = () => {
      if (!document.hidden) wake();
    };
    const timer = setTimeout(wake, ms);
    signal.addEventListener("abort", wake);
    addEventListener("online", wake);
    document.addEventListener("visibilitychange", wakeWhenSeen);
    if (signal.aborted) wake();
  });
}

/** Milliseconds before the try after `failures` failed ones: 0.25 s doubling up to 10 s, spread by a quarter. */
export function backOff(failures: number): number {
  const full = Math.min(10_000, 250 * 2 ** Math.min(failures, 10));
  return full * (0.75 + Math.random() / 2);
}
