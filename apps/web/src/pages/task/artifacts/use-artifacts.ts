import { useInfiniteQuery } from "@connectrpc/connect-query";
import { keepPreviousData } from "@tanstack/react-query";
import { ArtifactService } from "@tributary/proto/tributary/v1/artifacts_pb";
import { useEffect, useRef } from "react";

const pageSize = 100;

/**
 * What a task has left, a page at a time.
 *
 * @param known - how many files there are; another number makes the list be read again
 */
export function useArtifacts(taskId: number, text: string, known: number) {
  const query = useInfiniteQuery(
    ArtifactService.method.listArtifacts,
    { taskId, text, pageSize, pageToken: "" },
    {
      pageParamKey: "pageToken",
      getNextPageParam: ({ nextPageToken }) => nextPageToken || undefined,
      placeholderData: keepPreviousData,
    },
  );
  const { refetch } = query;
  const told = useRef(known);
  useEffect(() => {
    if (told.current === known) return;
    told.current = known;
    void refetch();
  }, [known, refetch]);
  const pages = query.data?.pages ?? [];
  return { query, artifacts: pages.flatMap(({ artifacts }) => artifacts), sum: pages[0] };
}
