import type { DescMethodUnary } from "@bufbuild/protobuf";
import { createConnectQueryKey } from "@connectrpc/connect-query";
import type { QueryClient, QueryKey } from "@tanstack/react-query";

/** The answers of a method, or of it for one request, are out of date: reads those in view again, others when they are shown. */
export type Refresh = (schema: DescMethodUnary, input?: Record<string, unknown>) => void;

/**
 * Reads answers again, each kind at once and then at most every `every` milliseconds however often it is asked for:
 * on a busy server something changes all the time.
 */
export function createRefresh(client: QueryClient, every: number, signal: AbortSignal): Refresh {
  const waiting = new Map<string, { again: boolean }>();
  signal.addEventListener("abort", () => waiting.clear());

  const run = (id: string, queryKey: QueryKey) => {
    if (signal.aborted) return;
    const turn = { again: false };
    waiting.set(id, turn);
    // an answer that is under way may be older than the change; it is not thrown away, for on a slow server none would ever arrive
    if (client.isFetching({ queryKey }) > 0) turn.again = true;
    else void client.invalidateQueries({ queryKey });
    setTimeout(() => {
      if (waiting.get(id) !== turn) return;
      waiting.delete(id);
      if (turn.again) run(id, queryKey);
    }, interval(every));
  };

  return (schema, input) => {
    const queryKey = createConnectQueryKey({ schema, cardinality: undefined, ...(input && { input }) });
    const id = JSON.stringify(queryKey);
    const turn = waiting.get(id);
    if (turn) turn.again = true;
    else run(id, queryKey);
  };
}

function interval(every: number): number {
  return document.hidden ? every * 8 : every;
}
