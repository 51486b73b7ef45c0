import { useCallback, useInsertionEffect, useRef } from "react";

/** The same function at every drawing, which always calls the newest one: for handlers given to remembered components. */
export function useStable<Args extends readonly unknown[], Result>(
  handler: (...args: Args) => Result,
): (...args: Args) => Result {
  const newest = useRef(handler);
  useInsertionEffect(() => {
    newest.current = handler;
  });
  return useCallback((...args: Args) => newest.current(...args), []);
}
