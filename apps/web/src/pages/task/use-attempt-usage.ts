import { createQueryOptions, useTransport } from "@connectrpc/connect-query";
import { useQueries } from "@tanstack/react-query";
import { type Attempt, type GetAttemptUsageResponse, TaskService } from "@tributary/proto/tributary/v1/tasks_pb";
import { useEffect, useRef } from "react";

export type AttemptUsage = Pick<GetAttemptUsageResponse, "attempt" | "points" | "cpuMillis" | "memoryBytes">;

/** Attempts that are shown, the last ones: each is a call. */
const most = 8;
/** Workers tell every ten seconds or so. */
const refreshMs = 5_000;

/** How the last attempts of a task went on; those that run are asked for again and again. */
export function useAttemptUsage(taskId: number, attempts: readonly Attempt[]): readonly AttemptUsage[] {
  const transport = useTransport();
  const begun = attempts.filter(({ startTime }) => startTime !== undefined).slice(-most);
  const answers = useQueries({
    queries: begun.map(({ number, endTime }) => ({
      ...createQueryOptions(TaskService.method.getAttemptUsage, { taskId, attempt: number }, { transport }),
      refetchInterval: endTime === undefined ? refreshMs : (false as const),
    })),
  });
  const running = begun.filter(({ endTime }) => endTime === undefined).length;
  const before = useRef(running);
  useEffect(() => {
    // An attempt's end brings its last points.
    if (running < before.current) for (const { refetch } of answers) void refetch();
    before.current = running;
  });
  return answers.flatMap(({ data }) => data ?? []);
}
