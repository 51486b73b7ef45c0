import { AmeService } from "@tributary/proto/ame/v1/ame_pb";
import type { Ports } from "#core/ports/index.ts";
import { projectHandlers } from "#facades/ame/projects.ts";
import { secretHandlers } from "#facades/ame/secrets.ts";
import { sourceHandlers } from "#facades/ame/sources.ts";
import { taskHandlers } from "#facades/ame/tasks.ts";
import { type Facade, notServed, serve } from "#rpc/facade.ts";

/** AME: projects by upload and from git, their tasks, and secrets. */
export function ameFacade(ports: Ports): Facade {
  return {
    services: [
      serve(AmeService, {
        ...projectHandlers(ports),
        ...taskHandlers(ports),
        ...sourceHandlers(ports),
        ...secretHandlers(ports),
        ...notServed("models are not built yet", "trainModel"),
      }),
    ],
    routes: [],
  };
}
