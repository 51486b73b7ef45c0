import type { Tx } from "#core/ports/store.ts";
import type { UnitAccess } from "../unit-access.ts";
import { TxArtifacts, TxAttempts, TxUsage } from "./attempts.ts";
import { TxAudit } from "./audit.ts";
import { TxDataSets, TxDependencies } from "./data-sets.ts";
import { TxDeletions } from "./deletions.ts";
import { TxJobs, TxStagedFiles } from "./jobs.ts";
import { TxModelRuns, TxModels, TxModelVersions, TxReplicas } from "./models.ts";
import { TxObjects } from "./objects.ts";
import { TxProjectFiles, TxProjects } from "./projects.ts";
import { TxProvidedWorkers } from "./provided-workers.ts";
import { TxSavedViews } from "./saved-views.ts";
import { TxSchedules } from "./schedules.ts";
import { TxSecrets } from "./secrets.ts";
import { TxJournal, TxSettings, TxWorkers } from "./server-state.ts";
import { TxLogPlaces, TxServers } from "./servers.ts";
import { TxSources } from "./sources.ts";
import { TxTaskBatches } from "./task-batches.ts";
import type { TxTasks } from "./tasks.ts";
import { TxTokens } from "./tokens.ts";

/** The port's `Tx` over one unit's access to the database. */
export function txOver(unit: UnitAccess, tasks: TxTasks): Tx {
  return {
    projects: new TxProjects(unit),
    projectFiles: new TxProjectFiles(unit),
    sources: new TxSources(unit),
    tasks,
    attempts: new TxAttempts(unit),
    usage: new TxUsage(unit),
    artifacts: new TxArtifacts(unit),
    objects: new TxObjects(unit),
    workers: new TxWorkers(unit),
    providedWorkers: new TxProvidedWorkers(unit),
    servers: new TxServers(unit),
    logPlaces: new TxLogPlaces(unit),
    deletions: new TxDeletions(unit),
    dependencies: new TxDependencies(unit),
    dataSets: new TxDataSets(unit),
    models: new TxModels(unit),
    modelVersions: new TxModelVersions(unit),
    modelRuns: new TxModelRuns(unit),
    replicas: new TxReplicas(unit),
    jobs: new TxJobs(unit),
    stagedFiles: new TxStagedFiles(unit),
    schedules: new TxSchedules(unit),
    secrets: new TxSecrets(unit),
    tokens: new TxTokens(unit),
    savedViews: new TxSavedViews(unit),
    taskBatches: new TxTaskBatches(unit),
    audit: new TxAudit(unit),
    journal: new TxJournal(unit),
    settings: new TxSettings(unit),
  };
}
