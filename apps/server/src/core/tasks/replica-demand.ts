import type { Demand } from "#core/tasks/task.ts";

/** Workers that can serve models have so many places of this for it; one that has none is sent no replica. */
export const replicaResource = "model-replica";

/** Whether this is the demand of what serves a model, which stays for as long as it is wanted. */
export function isReplica(demand: Demand): boolean {
  return (demand[replicaResource] ?? 0) > 0;
}
