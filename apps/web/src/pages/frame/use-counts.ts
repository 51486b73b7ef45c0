import { useQuery } from "@connectrpc/connect-query";
import { SourceService, SourceState } from "@tributary/proto/tributary/v1/sources_pb";
import { TaskState } from "@tributary/proto/tributary/v1/tasks_pb";

import { useTaskTotal } from "#pages/parts/use-task-total.ts";

export interface Counts {
  /** Running tasks; undefined until known. */
  readonly running: number | undefined;
  readonly failingSources: number | undefined;
}

/** The numbers beside the navigation, kept up to date. */
export function useCounts(): Counts {
  const running = useTaskTotal({ states: [TaskState.ACTIVE] });
  const sources = useQuery(SourceService.method.listSources, {});
  return {
    running: running?.count,
    failingSources: sources.data?.sources.filter(({ state }) => state === SourceState.ERROR).length,
  };
}
