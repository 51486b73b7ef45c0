import { callUnaryMethod, useTransport } from "@connectrpc/connect-query";
import { useQuery } from "@tanstack/react-query";
import { OverviewService } from "@tributary/proto/tributary/v1/overview_pb";
import { TaskState } from "@tributary/proto/tributary/v1/tasks_pb";

/** Fewer runs than this are no custom. */
const fewest = 3;

/**
 * What tasks of a title usually take, in milliseconds: the median of those that succeeded lately. Read once in a
 * while, and not on each change as the overview itself is.
 */
export function useUsual(): (title: string) => number | undefined {
  const transport = useTransport();
  const { data } = useQuery({
    queryKey: ["usual durations"],
    queryFn: ({ signal }) => callUnaryMethod(transport, OverviewService.method.getOverview, { hours: 168 }, { signal }),
    select: ({ durations }) => medians(durations.filter((point) => point.state === TaskState.SUCCEEDED)),
    staleTime: 300_000,
  });
  return (title) => data?.get(title);
}

function medians(
  points: readonly { readonly title: string; readonly milliseconds: bigint }[],
): ReadonlyMap<string, number> {
  const groups = Map.groupBy(points, (point) => point.title);
  return new Map(
    [...groups].flatMap(([title, group]) => {
      if (group.length < fewest) return [];
      const sorted = group.map((point) => Number(point.milliseconds)).sort((a, b) => a - b);
      return [[title, sorted[Math.floor(sorted.length / 2)] ?? 0] as const];
    }),
  );
}
