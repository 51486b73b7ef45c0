import { Agent as JobAgent } from "@tributary/proto/agent/AgentService_pb";
import { AmeService } from "@tributary/proto/ame/v1/ame_pb";
import { Agent } from "@tributary/proto/armonik/agent_service_pb";
import { Applications } from "@tributary/proto/armonik/applications_service_pb";
import { Authentication } from "@tributary/proto/armonik/auth_service_pb";
import { Events } from "@tributary/proto/armonik/events_service_pb";
import { HealthChecksService } from "@tributary/proto/armonik/health_checks_service_pb";
import { Partitions } from "@tributary/proto/armonik/partitions_service_pb";
import { Results } from "@tributary/proto/armonik/results_service_pb";
import { Sessions } from "@tributary/proto/armonik/sessions_service_pb";
import { Submitter } from "@tributary/proto/armonik/submitter_service_pb";
import { Tasks } from "@tributary/proto/armonik/tasks_service_pb";
import { Versions } from "@tributary/proto/armonik/versions_service_pb";
import { AdminService } from "@tributary/proto/flyteidl/service/admin_pb";
import { AuthMetadataService } from "@tributary/proto/flyteidl/service/auth_pb";
import { DataProxyService } from "@tributary/proto/flyteidl/service/dataproxy_pb";
import { IdentityService } from "@tributary/proto/flyteidl/service/identity_pb";
import { SignalService } from "@tributary/proto/flyteidl/service/signal_pb";
import { Health } from "@tributary/proto/grpc/health/v1/health_pb";
import { ServerReflection } from "@tributary/proto/grpc/reflection/v1/reflection_pb";
import { ServerReflection as ServerReflectionAlpha } from "@tributary/proto/grpc/reflection/v1alpha/reflection_pb";
import { TaskQueue as NewestTaskQueue } from "@tributary/proto/scitq/taskqueue_pb";
import { TaskQueue } from "@tributary/proto/taskqueue/taskqueue_pb";
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
import { type Access, type AccessTable, audited, rows, wholeServer } from "#rpc/access.ts";
import { servedAs } from "#rpc/readings.ts";

/*
 * Who may call what, all of it. An RPC without a row does not compile, a route without one is refused. Viewers look,
 * runners run and stop, editors change what stays, admins hold secrets and tokens; workers do a worker's part.
 */

const tributary = [
  ...rows(TaskService, "by-project", {
    listTasks: "viewer",
    getTask: "viewer",
    listTaskLabels: "viewer",
    getAttemptUsage: "viewer",
    downloadArtifact: "viewer",
    runTask: "runner",
    cancelTask: "runner",
    retryTask: "runner",
    deleteTask: "editor",
  }),
  ...rows(TaskBatchService, "by-project", {
    createTaskBatch: "runner",
    getTaskBatch: "viewer",
    listTaskBatches: "viewer",
    stopTaskBatch: "runner",
  }),
  ...rows(SavedViewService, "by-project", {
    listSavedViews: "viewer",
    createSavedView: "runner",
    updateSavedView: "runner",
    deleteSavedView: "runner",
  }),
  ...rows(ArtifactService, "by-project", { listArtifacts: "viewer", previewArtifact: "viewer" }),
  ...rows(LogService, "by-project", {
    readLogLines: "viewer",
    getLogSummary: "viewer",
    searchLog: "viewer",
    followLog: "viewer",
    downloadLog: "viewer",
  }),
  ...rows(ProjectService, "by-project", {
    listProjects: "viewer",
    getProject: "viewer",
    checkProjectFile: "viewer",
    createProject: "runner",
    reuseProjectFiles: { needs: "runner", audited: false },
    uploadProjectFiles: "runner",
  }),
  ...rows(SourceService, "by-project", {
    listSources: "viewer",
    getSource: "viewer",
    listBranches: "viewer",
    listCommits: "viewer",
    listFiles: "viewer",
    readFile: "viewer",
    syncSource: "runner",
    forgetHostKeys: wholeServer("editor"),
    createSource: wholeServer("editor"),
    updateSource: wholeServer("editor"),
    deleteSource: wholeServer("editor"),
  }),
  ...rows(DataSetService, "by-project", { listDataSets: "viewer", refreshDataSet: "runner" }),
  ...rows(ModelService, "by-project", {
    listModels: "viewer",
    getModel: "viewer",
    trainModel: "runner",
    refreshModel: "runner",
    validateVersion: "runner",
    deployModel: "editor",
    pauseDeployment: "editor",
    stopDeployment: "editor",
  }),
  ...rows(ScheduleService, "by-project", {
    listSchedules: "viewer",
    getSchedule: "viewer",
    listCalendar: "viewer",
    runScheduleNow: "runner",
    pauseSchedule: "editor",
    resumeSchedule: "editor",
    updateSchedule: "editor",
  }),
  ...rows(StagedFileService, "whole-server", {
    listStagedFiles: "viewer",
    uploadStagedFile: "runner",
    deleteStagedFile: "editor",
  }),
  ...rows(OverviewService, "by-project", { getOverview: "viewer" }),
  ...rows(WatchService, "by-project", { watch: "viewer" }),
  ...rows(WorkerService, "by-project", {
    listWorkers: "viewer",
    getWorker: wholeServer("viewer"),
    listWorkerLogLines: wholeServer("viewer"),
    explainIdleWorker: wholeServer("viewer"),
    listProviders: wholeServer("viewer"),
    createWorkers: wholeServer("editor"),
    deleteWorker: wholeServer("editor"),
    drainWorker: wholeServer("editor"),
    resumeWorker: wholeServer("editor"),
  }),
  ...rows(SystemService, "by-project", {
    getSystem: "viewer",
    getStorage: wholeServer("admin"),
    sweepNow: wholeServer("admin"),
    createBackup: wholeServer("admin"),
    listBackups: wholeServer("admin"),
    runChecks: wholeServer("admin"),
  }),
  ...rows(SecretService, "whole-server", {
    listSecrets: "admin",
    listSecretVersions: "admin",
    createSecret: "admin",
    replaceSecret: "admin",
    deleteSecret: "admin",
    getKeyRing: "admin",
    rotateMasterKey: "admin",
    dropMasterKey: "admin",
  }),
  ...rows(AuditService, "whole-server", { listEvents: "admin" }),
  ...rows(TokenService, "whole-server", { listTokens: "admin", createToken: "admin", revokeToken: "admin" }),
  ...rows(SessionService, "by-project", {
    getSession: "viewer",
    login: audited("anyone"),
    logout: "anyone",
  }),
  ...rows(DispatchService, "whole-server", {
    register: "worker",
    lease: "worker",
    heartbeat: "worker",
    report: "worker",
    appendLog: "worker",
    readSecrets: "worker",
    fetchInputs: "worker",
    storeArtifact: "worker",
  }),
];

const ame = rows(AmeService, "by-project", {
  getTask: "viewer",
  listTasks: "viewer",
  streamTaskLogs: "viewer",
  // Whoever runs a task from the command line uploads its project first.
  createProject: "runner",
  uploadProjectFile: "runner",
  createTaskProjectDirectory: "runner",
  runTask: "runner",
  trainModel: "runner",
  deleteTask: "editor",
  removeTask: "editor",
  watchProjectSrc: "viewer",
  listResource: "viewer",
  getProjectSrcCfg: "viewer",
  getProjectSrcStatus: "viewer",
  getProjectSrcId: "viewer",
  listProjectSrcs: "viewer",
  createProjectSrc: wholeServer("editor"),
  createResource: wholeServer("editor"),
  updateProjectSrc: wholeServer("editor"),
  deleteProjectSrc: wholeServer("editor"),
  listSecrets: wholeServer("admin"),
  createSecret: wholeServer("admin"),
  deleteSecret: wholeServer("admin"),
});

const ofTaskQueue = { projectless: "TaskQueue's tasks" };

const taskqueueWorker = { needs: "editor", wholeServer: true, audited: false, orWorker: true } as const;

/** What both versions of TaskQueue have. */
const taskqueueRows = {
  listTasks: "viewer",
  listWorkers: "viewer",
  submitTask: "runner",
  // Its workers come with a worker's token, a person's or, in local mode, with none.
  registerWorker: taskqueueWorker,
  pingAndTakeNewTasks: taskqueueWorker,
  updateTaskStatus: taskqueueWorker,
  sendTaskLogs: taskqueueWorker,
  createWorker: "editor",
  deleteWorker: "editor",
} as const;

const taskqueue = [
  ...rows(TaskQueue, ofTaskQueue, { ...taskqueueRows, streamTaskLogs: "viewer" }),
  // The same paths as clients of scitq's newest version mean them, and those that only they call.
  ...rows(servedAs(NewestTaskQueue, TaskQueue.typeName), ofTaskQueue, {
    ...taskqueueRows,
    streamTaskLogsOutput: "viewer",
    streamTaskLogsErr: "viewer",
    getLogsChunk: "viewer",
    registerSpecifications: taskqueueWorker,
    reportWorkerEvent: taskqueueWorker,
    // With them a worker would reach what its tasks need.
    getRcloneConfig: taskqueueWorker,
    getDockerCredentials: taskqueueWorker,
    serverVersion: "anyone",
    login: audited("anyone"),
  }),
];

const ofAgent = { projectless: "the Agent's jobs and files" };

const agent = rows(JobAgent, ofAgent, { stageInFiles: "runner", runJob: "runner" });

const flyte = [
  ...rows(AdminService, "whole-server", {
    getTask: "viewer",
    listTaskIds: "viewer",
    listTasks: "viewer",
    getWorkflow: "viewer",
    listWorkflowIds: "viewer",
    listWorkflows: "viewer",
    getLaunchPlan: "viewer",
    getActiveLaunchPlan: "viewer",
    listActiveLaunchPlans: "viewer",
    listLaunchPlanIds: "viewer",
    listLaunchPlans: "viewer",
    getExecution: "viewer",
    getExecutionData: "viewer",
    listExecutions: "viewer",
    getNodeExecution: "viewer",
    getDynamicNodeWorkflow: "viewer",
    listNodeExecutions: "viewer",
    listNodeExecutionsForTask: "viewer",
    getNodeExecutionData: "viewer",
    getTaskExecution: "viewer",
    listTaskExecutions: "viewer",
    getTaskExecutionData: "viewer",
    getProject: "viewer",
    listProjects: "viewer",
    getDomains: "viewer",
    getProjectDomainAttributes: "viewer",
    getProjectAttributes: "viewer",
    getWorkflowAttributes: "viewer",
    listMatchableAttributes: "viewer",
    listNamedEntities: "viewer",
    getNamedEntity: "viewer",
    getVersion: "viewer",
    getDescriptionEntity: "viewer",
    listDescriptionEntities: "viewer",
    getExecutionMetrics: "viewer",
    // Whoever runs a workflow from a notebook registers it first.
    createTask: "runner",
    createWorkflow: "runner",
    createLaunchPlan: "runner",
    createExecution: "runner",
    relaunchExecution: "runner",
    recoverExecution: "runner",
    terminateExecution: "runner",
    updateLaunchPlan: "editor",
    updateExecution: "editor",
    registerProject: "editor",
    updateProject: "editor",
    updateNamedEntity: "editor",
    updateProjectDomainAttributes: "editor",
    deleteProjectDomainAttributes: "editor",
    updateProjectAttributes: "editor",
    deleteProjectAttributes: "editor",
    updateWorkflowAttributes: "editor",
    deleteWorkflowAttributes: "editor",
    // What engines report.
    createWorkflowEvent: "editor",
    createNodeEvent: "editor",
    createTaskEvent: "editor",
  }),
  // How a client that knows only the address finds out how to log in.
  ...rows(AuthMetadataService, "whole-server", { getOAuth2Metadata: "anyone", getPublicClientConfig: "anyone" }),
  ...rows(IdentityService, "by-project", { userInfo: "viewer" }),
  ...rows(DataProxyService, "whole-server", {
    createUploadLocation: "runner",
    createDownloadLocation: "viewer",
    createDownloadLink: "viewer",
    getData: "viewer",
  }),
  ...rows(SignalService, "whole-server", { getOrCreateSignal: "runner", listSignals: "viewer", setSignal: "runner" }),
];

const armonik = [
  ...rows(Sessions, "whole-server", {
    listSessions: "viewer",
    getSession: "viewer",
    createSession: "runner",
    cancelSession: "runner",
    pauseSession: "runner",
    resumeSession: "runner",
    closeSession: "runner",
    stopSubmission: "runner",
    purgeSession: "editor",
    deleteSession: "editor",
  }),
  ...rows(Tasks, "whole-server", {
    listTasks: "viewer",
    listTasksDetailed: "viewer",
    getTask: "viewer",
    getResultIds: "viewer",
    countTasksByStatus: "viewer",
    submitTasks: "runner",
    cancelTasks: "runner",
  }),
  ...rows(Results, "whole-server", {
    listResults: "viewer",
    getResult: "viewer",
    getOwnerTaskId: "viewer",
    downloadResultData: "viewer",
    getServiceConfiguration: "viewer",
    watchResults: "viewer",
    createResultsMetaData: "runner",
    createResults: "runner",
    uploadResultData: "runner",
    importResultsData: "runner",
    deleteResultsData: "runner",
  }),
  ...rows(Submitter, "whole-server", {
    getServiceConfiguration: "viewer",
    listTasks: "viewer",
    listSessions: "viewer",
    countTasks: "viewer",
    tryGetResultStream: "viewer",
    tryGetTaskOutput: "viewer",
    waitForAvailability: "viewer",
    waitForCompletion: "viewer",
    getTaskStatus: "viewer",
    getResultStatus: "viewer",
    watchResults: "viewer",
    createSession: "runner",
    cancelSession: "runner",
    createSmallTasks: "runner",
    createLargeTasks: "runner",
    cancelTasks: "runner",
  }),
  ...rows(Applications, "whole-server", { listApplications: "viewer" }),
  ...rows(Authentication, "by-project", { getCurrentUser: "viewer" }),
  ...rows(Events, "whole-server", { getEvents: "viewer" }),
  ...rows(HealthChecksService, "by-project", { checkHealth: "viewer" }),
  ...rows(Partitions, "by-project", { listPartitions: "viewer", getPartition: "viewer" }),
  ...rows(Versions, "by-project", { listVersions: "viewer" }),
  // Called by what runs inside of a task.
  ...rows(Agent, "whole-server", {
    createTask: "worker",
    createResultsMetaData: "worker",
    createResults: "worker",
    notifyResultData: "worker",
    submitTasks: "worker",
    getResourceData: "worker",
    getCommonData: "worker",
    getDirectData: "worker",
  }),
];

const grpc = [
  ...rows(Health, "by-project", { check: "anyone", list: "anyone", watch: "anyone" }),
  ...rows(ServerReflection, "by-project", { serverReflectionInfo: "viewer" }),
  ...rows(ServerReflectionAlpha, "by-project", { serverReflectionInfo: "viewer" }),
];

const open: Access = { needs: "anyone", wholeServer: false, audited: false };

/** Plain HTTP, as `METHOD /path` in Fastify's notation. The files of the dashboard are open: they hold no data. */
const plain: readonly (readonly [string, Access])[] = [
  ["GET /healthz", open],
  ["GET /readyz", open],
  // What any project file may say, for editors.
  ["GET /schemas/project-file.json", open],
  // Each delivery shows the webhook's own secret.
  ["POST /hooks/sources/:sourceId", open],
  // As the RPCs that answer the same.
  ...["log", "log.zip", "artifact", "artifacts.zip"].map(
    (what) => [`GET /tasks/:taskId/${what}`, { needs: "viewer", wholeServer: false, audited: false }] as const,
  ),
  // Predictions, whatever the method; a caller who is limited to some projects reaches their models only.
  ...["GET", "POST"].map(
    (method) =>
      [
        `${method} /projects/:project/models/:model/*`,
        { needs: "viewer", wholeServer: false, audited: false },
      ] as const,
  ),
  ["PUT /agent/files/:id", { needs: "runner", wholeServer: true, ...ofAgent, audited: true }],
  ["GET /metrics", { needs: "viewer", wholeServer: true, audited: false }],
];

export const accessTable: AccessTable = new Map([
  ...tributary,
  ...ame,
  ...taskqueue,
  ...agent,
  ...flyte,
  ...armonik,
  ...grpc,
  ...plain,
]);
