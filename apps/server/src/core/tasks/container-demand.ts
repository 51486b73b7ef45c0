import type { RunEnvironment } from "#core/tasks/run-spec.ts";
import type { Demand } from "#core/tasks/task.ts";

/** What workers offer that run containers: so many at a time. */
export const containerPlaces = "containers";

/** What the place in which a task runs asks of a worker. */
export function demandOfPlace(environment: RunEnvironment): Demand {
  return environment.kind === "image" ? { [containerPlaces]: 1 } : {};
}
