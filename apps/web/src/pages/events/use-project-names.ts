import { useQuery } from "@connectrpc/connect-query";
import { ProjectService } from "@tributary/proto/tributary/v1/projects_pb";
import { useMemo } from "react";

/** Names of projects by their ids; undefined for one that is gone. */
export function useProjectNames(): (id: string) => string | undefined {
  const { data } = useQuery(ProjectService.method.listProjects, {});
  return useMemo(() => {
    const names = new Map(data?.projects.map(({ id, name }) => [id, name]));
    return (id: string) => names.get(id);
  }, [data]);
}
