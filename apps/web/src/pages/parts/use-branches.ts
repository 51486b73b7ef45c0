import { useQuery } from "@connectrpc/connect-query";
import { type Branch, type Source, SourceService } from "@tributary/proto/tributary/v1/sources_pb";
import { useEffect } from "react";

import { toMs } from "#api/time.ts";

export interface Branches {
  readonly branches: readonly Branch[];
  readonly more: boolean;
  /** Nothing is known yet, but it is asked for. */
  readonly reading: boolean;
  readonly error: unknown;
}

/** Branches of a source, read anew after each sync; none before the first. */
export function useBranches(source: Source | undefined, most: number): Branches {
  const known = source !== undefined && (source.seenCommit || source.commit) !== "";
  const { data, error, isLoading, refetch } = useQuery(
    SourceService.method.listBranches,
    { sourceId: source?.id ?? "", pageSize: most },
    { enabled: known },
  );
  const synced = `${source?.seenCommit} ${toMs(source?.lastSyncTime)}`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: what a sync changed is read again
  useEffect(() => {
    if (known) void refetch({ cancelRefetch: false });
  }, [synced, known]);
  return {
    branches: data?.branches ?? [],
    more: (data?.nextPageToken ?? "") !== "",
    reading: isLoading,
    error: known ? error : undefined,
  };
}
