import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { createConnectQueryKey, useInfiniteQuery } from "@connectrpc/connect-query";
import { type InfiniteData, keepPreviousData, useQueryClient } from "@tanstack/react-query";
import { type Task, TaskService } from "@tributary/proto/tributary/v1/tasks_pb";
import { useMemo } from "react";

import { startOf, type TaskSearch, toTaskFilter, toTaskOrder } from "#pages/task-search.ts";

const pageSize = 100;
/** "In the last 24 h" begins at a full five minutes, so that the same list is not asked for anew each second. */
const grain = 300_000;

const listKey = createConnectQueryKey({ schema: TaskService.method.listTasks, cardinality: "infinite" });

export interface TaskPages {
  readonly rows: readonly Task[];
  readonly total: number | undefined;
  readonly totalIsMinimum: boolean;
  readonly hasMore: boolean;
  readonly loadingMore: boolean;
  /** Nothing is known yet. */
  readonly loading: boolean;
  /** What is shown belongs to the search before. */
  readonly stale: boolean;
  readonly error: unknown;
  /** When `since` begins to count, in milliseconds. */
  readonly now: number;
  readonly loadMore: () => void;
  /** Reads the list again from its top. */
  readonly reload: () => void;
  readonly reloading: boolean;
}

/** The tasks of a search, page by page as they are looked at. The watch keeps what is here up to date. */
export function useTaskPages(search: TaskSearch): TaskPages {
  const client = useQueryClient();
  const now = useMemo(() => (search.since ? Math.floor(Date.now() / grain) * grain : 0), [search.since]);
  const start = startOf(search);
  const query = useInfiniteQuery(
    TaskService.method.listTasks,
    {
      filter: toTaskFilter(search, now),
      order: toTaskOrder(search),
      pageSize,
      pageToken: "",
      ...(start !== undefined && { startTime: timestampFromMs(start) }),
    },
    {
      pageParamKey: "pageToken",
      getNextPageParam: (page) => page.nextPageToken || undefined,
      placeholderData: keepPreviousData,
    },
  );
  const rows = useMemo(() => unique(query.data?.pages.flatMap((page) => page.tasks) ?? []), [query.data]);
  const first = query.data?.pages[0];
  return {
    rows,
    total: first?.total,
    totalIsMinimum: first?.totalIsMinimum ?? false,
    hasMore: query.hasNextPage,
    loadingMore: query.isFetchingNextPage,
    loading: query.isPending,
    stale: query.isPlaceholderData,
    error: query.data === undefined ? query.error : null,
    now,
    loadMore: () => void query.fetchNextPage(),
    reload: () => {
      // pages that are far below are not read again for the sake of the top
      client.setQueriesData<InfiniteData<unknown>>({ queryKey: listKey }, (data) =>
        data && "pages" in data && data.pages.length > 1
          ? { ...data, pages: data.pages.slice(0, 1), pageParams: data.pageParams.slice(0, 1) }
          : data,
      );
      void query.refetch();
    },
    reloading: query.isRefetching,
  };
}

/** A task that moved between two pages while they were read is in both: shown once. */
function unique(tasks: readonly Task[]): readonly Task[] {
  const seen = new Set<number>();
  return tasks.filter(({ id }) => !seen.has(id) && seen.add(id));
}
