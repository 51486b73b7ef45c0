import type { View } from "#core/ports/view.ts";
import { listArtifacts } from "./artifacts.ts";
import { countOpenTasks } from "./count-open-tasks.ts";
import { getLineage } from "./lineage.ts";
import { listAuditEvents } from "./list-audit-events.ts";
import { listLabels } from "./list-labels.ts";
import { listModels } from "./list-models.ts";
import { listQueuedKinds } from "./list-queued-kinds.ts";
import { listStagedFiles } from "./list-staged-files.ts";
import { listTasks } from "./list-tasks.ts";
import {
  listDataSets,
  listProjects,
  listSchedules,
  listSecrets,
  listSources,
  listTicks,
  listTicksBetween,
  listWorkers,
} from "./others.ts";
import { overview } from "./overview.ts";
import type { Snapshot } from "./snapshot.ts";
import { countStorage, listEnded, listUnusedObjects, positionAt } from "./storage.ts";
import { getTask, getTasks, getUsage, listCommands, listNewest } from "./task-lists.ts";

/** The port's `View`, each read from a snapshot. */
export type SnapshotViews = {
  readonly [K in keyof View]: (snapshot: Snapshot, ...asked: Parameters<View[K]>) => ReturnType<View[K]>;
};

export const views: SnapshotViews = {
  listTasks,
  listNewest,
  listCommands,
  getTask,
  listArtifacts,
  getTasks,
  getLineage,
  getUsage,
  listLabels,
  listStagedFiles,
  listSources,
  listProjects,
  listSecrets,
  listDataSets,
  listModels,
  listSchedules,
  listTicks,
  listTicksBetween,
  listWorkers,
  listAuditEvents,
  overview,
  listQueuedKinds,
  countOpenTasks,
  listUnusedObjects,
  listEnded,
  positionAt,
  countStorage,
};
