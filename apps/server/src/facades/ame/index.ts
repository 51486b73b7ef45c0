import { AmeService } from "@tributary/proto/ame/v1/ame_pb";
import type { Ports } from "#core/ports/index.ts";
import { modelHandlers } from "#facades/ame/models.ts";
import { projectHandlers } from "#facades/ame/projects.ts";
import { secretHandlers } from "#facades/ame/secrets.ts";
import { sourceHandlers } from "#facades/ame/sources.ts";
import { taskHandlers } from "#facades/ame/tasks.ts";
import { type Facade, serve } from "#rpc/facade.ts";

/** AME: projects by upload and from git, their tasks, and secrets. */
export function ameFacade(ports: Ports): Facade {
  return {
    services: [
      serve(AmeService, {
        ...projectHandlers(ports),
        ...taskHandlers(ports),
        ...sourceHandlers(ports),
        ...secretHandlers(ports),
        ...modelHandlers(ports),
      }),
    ],
    routes: [],
  };
}
