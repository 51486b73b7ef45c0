import type { Tx } from "#core/ports/tx.ts";
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

/**
 * The port's `Tx` over one unit's access to the database. Its parts are made where they are looked at: a unit touches three
 * or four, and units come by the ten thousand a second.
 */
export function txOver(unit: UnitAccess, tasks: TxTasks): Tx {
  return new UnitTx(unit, tasks);
}

class UnitTx implements Tx {
  readonly #unit: UnitAccess;
  readonly tasks: TxTasks;

  constructor(unit: UnitAccess, tasks: TxTasks) {
    this.#unit = unit;
    this.tasks = tasks;
  }

  get projects(): TxProjects {
    return new TxProjects(this.#unit);
  }

  get projectFiles(): TxProjectFiles {
    return new TxProjectFiles(this.#unit);
  }

  get sources(): TxSources {
    return new TxSources(this.#unit);
  }

  get attempts(): TxAttempts {
    return new TxAttempts(this.#unit);
  }

  get usage(): TxUsage {
    return new TxUsage(this.#unit);
  }

  get artifacts(): TxArtifacts {
    return new TxArtifacts(this.#unit);
  }

  get objects(): TxObjects {
    return new TxObjects(this.#unit);
  }

  get workers(): TxWorkers {
    return new TxWorkers(this.#unit);
  }

  get providedWorkers(): TxProvidedWorkers {
    return new TxProvidedWorkers(this.#unit);
  }

  get servers(): TxServers {
    return new TxServers(this.#unit);
  }

  get logPlaces(): TxLogPlaces {
    return new TxLogPlaces(this.#unit);
  }

  get deletions(): TxDeletions {
    return new TxDeletions(this.#unit);
  }

  get dependencies(): TxDependencies {
    return new TxDependencies(this.#unit);
  }

  get dataSets(): TxDataSets {
    return new TxDataSets(this.#unit);
  }

  get models(): TxModels {
    return new TxModels(this.#unit);
  }

  get modelVersions(): TxModelVersions {
    return new TxModelVersions(this.#unit);
  }

  get modelRuns(): TxModelRuns {
    return new TxModelRuns(this.#unit);
  }

  get replicas(): TxReplicas {
    return new TxReplicas(this.#unit);
  }

  get jobs(): TxJobs {
    return new TxJobs(this.#unit);
  }

  get stagedFiles(): TxStagedFiles {
    return new TxStagedFiles(this.#unit);
  }

  get schedules(): TxSchedules {
    return new TxSchedules(this.#unit);
  }

  get secrets(): TxSecrets {
    return new TxSecrets(this.#unit);
  }

  get tokens(): TxTokens {
    return new TxTokens(this.#unit);
  }

  get savedViews(): TxSavedViews {
    return new TxSavedViews(this.#unit);
  }

  get taskBatches(): TxTaskBatches {
    return new TxTaskBatches(this.#unit);
  }

  get audit(): TxAudit {
    return new TxAudit(this.#unit);
  }

  get journal(): TxJournal {
    return new TxJournal(this.#unit);
  }

  get settings(): TxSettings {
    return new TxSettings(this.#unit);
  }
}
