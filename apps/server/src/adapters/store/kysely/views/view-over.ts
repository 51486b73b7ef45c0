import type { View } from "#core/ports/view.ts";

/** Answers the view of a name. */
export type AskView = <R>(name: keyof View, asked: readonly unknown[]) => Promise<R>;

/** The port's view over whoever answers by name. */
export function viewOver(ask: AskView): View {
  return {
    listTasks: (...asked) => ask("listTasks", asked),
    listNewest: (...asked) => ask("listNewest", asked),
    listCommands: (...asked) => ask("listCommands", asked),
    getTask: (...asked) => ask("getTask", asked),
    listArtifacts: (...asked) => ask("listArtifacts", asked),
    getTasks: (...asked) => ask("getTasks", asked),
    getLineage: (...asked) => ask("getLineage", asked),
    getUsage: (...asked) => ask("getUsage", asked),
    listLabels: (...asked) => ask("listLabels", asked),
    listStagedFiles: (...asked) => ask("listStagedFiles", asked),
    listSources: (...asked) => ask("listSources", asked),
    listProjects: (...asked) => ask("listProjects", asked),
    listSecrets: (...asked) => ask("listSecrets", asked),
    listDataSets: (...asked) => ask("listDataSets", asked),
    listModels: (...asked) => ask("listModels", asked),
    listSchedules: (...asked) => ask("listSchedules", asked),
    listTicks: (...asked) => ask("listTicks", asked),
    listTicksBetween: (...asked) => ask("listTicksBetween", asked),
    listWorkers: (...asked) => ask("listWorkers", asked),
    listAuditEvents: (...asked) => ask("listAuditEvents", asked),
    overview: (...asked) => ask("overview", asked),
    listQueuedKinds: (...asked) => ask("listQueuedKinds", asked),
    countOpenTasks: (...asked) => ask("countOpenTasks", asked),
    listUnusedObjects: (...asked) => ask("listUnusedObjects", asked),
    listEnded: (...asked) => ask("listEnded", asked),
    positionAt: (...asked) => ask("positionAt", asked),
    countStorage: (...asked) => ask("countStorage", asked),
  };
}
