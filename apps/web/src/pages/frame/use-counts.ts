import { useQuery } from "@connectrpc/connect-query";
import { SourceService, SourceState } from "@tributary/proto/tributary/v1/sources_pb";
import { TaskState } from "@tributary/proto/tributary/v1/tasks_pb";

import { inProject } from "#pages/parts/use-project.ts";
import { useTaskTotal } from "#pages/parts/use-task-total.ts";

export interface Counts {
  /** Running tasks; undefined until known. */
  readonly running: number | undefined;
  readonly failingSources: number | undefined;
}

/** The numbers beside the navigation, kept up to date: of one project, or of all. */
export function useCounts(project: string | undefined): Counts {
  const running = useTaskTotal({ states: [TaskState.ACTIVE], ...(project !== undefined && { projectName: project }) });
  const sources = useQuery(SourceService.method.listSources, {});
  return {
    running: running?.count,
    failingSources:
      sources.data &&
      inProject(sources.data.sources, project).filter(({ state }) => state === SourceState.ERROR).length,
  };
}
