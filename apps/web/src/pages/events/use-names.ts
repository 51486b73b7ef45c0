import { useQuery } from "@connectrpc/connect-query";
import { ProjectService } from "@tributary/proto/tributary/v1/projects_pb";
import { SourceService } from "@tributary/proto/tributary/v1/sources_pb";
import { useMemo } from "react";

import type { NameOf } from "#pages/events/event-targets.ts";
import { repositoryName } from "#pages/parts/source-words.ts";

/** Names of projects and sources by their ids. */
export function useNames(): NameOf {
  const { data: ofProjects } = useQuery(ProjectService.method.listProjects, {});
  const { data: ofSources } = useQuery(SourceService.method.listSources, {});
  return useMemo(() => {
    const project = new Map(ofProjects?.projects.map(({ id, name }) => [id, name]));
    const source = new Map(
      ofSources?.sources.map(({ id, settings }) => [id, repositoryName(settings?.repository ?? id)]),
    );
    const names = { project, source };
    return (kind, id) => names[kind].get(id);
  }, [ofProjects, ofSources]);
}
