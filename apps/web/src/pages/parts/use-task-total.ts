import type { MessageInitShape } from "@bufbuild/protobuf";
import { useQuery } from "@connectrpc/connect-query";
import { keepPreviousData } from "@tanstack/react-query";
import { type TaskFilterSchema, TaskService } from "@tributary/proto/tributary/v1/tasks_pb";
import { useEffect, useRef } from "react";

import { useWatch } from "#api/use-watch.ts";

/** Shortest time between two counts, in milliseconds. */
const interval = 2000;

export interface TaskTotal {
  readonly count: number;
  /** There are more than are counted. */
  readonly isMinimum: boolean;
}

/** How many tasks a filter leaves, counted anew while tasks change. Undefined until known. */
export function useTaskTotal(filter: MessageInitShape<typeof TaskFilterSchema>): TaskTotal | undefined {
  // one row would not be needed, but a page of none asks for the default number of rows
  const { data, refetch } = useQuery(
    TaskService.method.listTasks,
    { filter, pageSize: 1 },
    { placeholderData: keepPreviousData },
  );
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useWatch(({ tasks, overflowed }) => {
    if (tasks.size === 0 && !overflowed) return;
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      void refetch();
    }, interval);
  });
  useEffect(() => () => clearTimeout(timer.current), []);
  return data && { count: data.total, isMinimum: data.totalIsMinimum };
}
