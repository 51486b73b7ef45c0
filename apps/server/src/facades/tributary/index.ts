import { ArtifactService } from "@tributary/proto/tributary/v1/artifacts_pb";
import { AuditService } from "@tributary/proto/tributary/v1/audit_pb";
import { DataSetService } from "@tributary/proto/tributary/v1/data_sets_pb";
import { DispatchService } from "@tributary/proto/tributary/v1/dispatch_pb";
import { LogService } from "@tributary/proto/tributary/v1/logs_pb";
import { ModelService } from "@tributary/proto/tributary/v1/models_pb";
import { OverviewService } from "@tributary/proto/tributary/v1/overview_pb";
import { ProjectService } from "@tributary/proto/tributary/v1/projects_pb";
import { SavedViewService } from "@tributary/proto/tributary/v1/saved_views_pb";
import { ScheduleService } from "@tributary/proto/tributary/v1/schedules_pb";
import { SecretService } from "@tributary/proto/tributary/v1/secrets_pb";
import { SessionService } from "@tributary/proto/tributary/v1/sessions_pb";
import { SourceService } from "@tributary/proto/tributary/v1/sources_pb";
import { StagedFileService } from "@tributary/proto/tributary/v1/staged_files_pb";
import { SystemService } from "@tributary/proto/tributary/v1/system_pb";
import { TaskBatchService } from "@tributary/proto/tributary/v1/task_batches_pb";
import { TaskService } from "@tributary/proto/tributary/v1/tasks_pb";
import { TokenService } from "@tributary/proto/tributary/v1/tokens_pb";
import { WatchService } from "@tributary/proto/tributary/v1/watch_pb";
import { WorkerService } from "@tributary/proto/tributary/v1/workers_pb";
import type { Ports } from "#core/ports/index.ts";
import { artifactHandlers } from "#facades/tributary/artifacts.ts";
import { auditHandlers } from "#facades/tributary/audit.ts";
import { dataSetHandlers } from "#facades/tributary/data-sets.ts";
import { dispatchHandlers } from "#facades/tributary/dispatch.ts";
import { logHandlers } from "#facades/tributary/logs.ts";
import { modelRoutes } from "#facades/tributary/model-routes.ts";
import { modelHandlers } from "#facades/tributary/models.ts";
import { overviewHandlers } from "#facades/tributary/overview.ts";
import { projectHandlers } from "#facades/tributary/projects.ts";
import { downloadRoutes } from "#facades/tributary/routes.ts";
import { savedViewHandlers } from "#facades/tributary/saved-views.ts";
import { scheduleHandlers } from "#facades/tributary/schedules.ts";
import { schemaRoutes } from "#facades/tributary/schemas.ts";
import { secretHandlers } from "#facades/tributary/secrets.ts";
import { sessionHandlers } from "#facades/tributary/sessions.ts";
import { sourceHandlers } from "#facades/tributary/sources.ts";
import { stagedFileHandlers } from "#facades/tributary/staged-files.ts";
import { type SystemFacts, systemHandlers } from "#facades/tributary/system.ts";
import { taskBatchHandlers } from "#facades/tributary/task-batches.ts";
import { taskHandlers } from "#facades/tributary/tasks.ts";
import { tokenHandlers } from "#facades/tributary/tokens.ts";
import { watchHandlers } from "#facades/tributary/watch.ts";
import { webhookRoutes } from "#facades/tributary/webhooks.ts";
import { workerHandlers } from "#facades/tributary/workers.ts";
import type { AccessTable } from "#rpc/access.ts";
import { type Facade, serve } from "#rpc/facade.ts";

/** Our own API: the complete one, over which the dashboard, the command line and workers speak. */
export function tributaryFacade(ports: Ports, facts: SystemFacts, access: AccessTable): Facade {
  return {
    services: [
      serve(TaskService, taskHandlers(ports), { lean: ["getTask", "listTasks"] }),
      serve(TaskBatchService, taskBatchHandlers(ports)),
      serve(SavedViewService, savedViewHandlers(ports)),
      serve(SourceService, sourceHandlers(ports)),
      serve(ProjectService, projectHandlers(ports)),
      serve(ArtifactService, artifactHandlers(ports)),
      serve(LogService, logHandlers(ports)),
      serve(DataSetService, dataSetHandlers(ports)),
      serve(ModelService, modelHandlers(ports)),
      serve(ScheduleService, scheduleHandlers(ports)),
      serve(SecretService, secretHandlers(ports)),
      serve(StagedFileService, stagedFileHandlers(ports)),
      serve(OverviewService, overviewHandlers(ports)),
      serve(WorkerService, workerHandlers(ports)),
      serve(WatchService, watchHandlers(ports)),
      serve(AuditService, auditHandlers(ports)),
      serve(TokenService, tokenHandlers(ports)),
      serve(SessionService, sessionHandlers(ports, access)),
      serve(SystemService, systemHandlers(ports, facts)),
      serve(DispatchService, dispatchHandlers(ports), { lean: ["heartbeat", "report", "appendLog"] }),
    ],
    routes: [...downloadRoutes(ports), ...modelRoutes(ports), ...webhookRoutes(ports), ...schemaRoutes(ports)],
  };
}
