import type { LinkedTask, View } from "#core/ports/view.ts";
import { beyondError } from "#core/scope/beyond.ts";
import { kindsOf } from "#core/tasks/queued-kind.ts";
import type { Task } from "#core/tasks/task.ts";
import { taskStates } from "#core/tasks/task.ts";
import type { TaskFilter } from "#core/tasks/task-filter.ts";
import { isTerminal } from "#core/tasks/transitions.ts";

const pageSize = 1_000;
const openStates = taskStates.filter((state) => !isTerminal(state));

/** The reads for callers who see some projects only; see `limitedTx`. */
export function limitedView(view: View, projects: readonly string[]): View {
  const seesTask = ({ projectName }: Task) => projects.includes(projectName);
  const ofThose = (asked: readonly string[] = projects) => asked.filter((name) => projects.includes(name));
  const refused = () => Promise.reject(beyondError());
  const visibleProjects = async () =>
    (await view.listProjects()).filter(({ project }) => projects.includes(project.definition.name));
  const scheduleIsKnown = async (id: string) =>
    (await view.listSchedules()).schedules.some((one) => one.id === id && projects.includes(one.projectName));
  return {
    listTasks: (ask) =>
      view.listTasks({ ...ask, filter: { ...ask.filter, projectNames: ofThose(ask.filter.projectNames) } }),
    async listNewest(dialect, limit) {
      const open = await listAll(view, { dialects: [dialect], states: openStates, projectNames: projects }, limit);
      const newest = await listAll(view, { dialects: [dialect], projectNames: projects }, limit);
      return byId([...open, ...newest]);
    },
    async listCommands(ask) {
      const commands = await view.listCommands(ask);
      const known = new Set((await view.getTasks(commands.map(({ id }) => id))).filter(seesTask).map(({ id }) => id));
      return commands.filter(({ id }) => known.has(id));
    },
    async getTask(id) {
      const detail = await view.getTask(id);
      return detail && seesTask(detail.task) ? detail : undefined;
    },
    async listArtifacts(ask) {
      const [task] = await view.getTasks([ask.taskId]);
      return task && seesTask(task) ? view.listArtifacts(ask) : { artifacts: [], total: 0, totalBytes: 0 };
    },
    getTasks: async (ids) => (await view.getTasks(ids)).filter(seesTask),
    async getLineage(id) {
      const { waitsFor, waitedForBy, retries } = await view.getLineage(id);
      const seen = (links: readonly LinkedTask[]) => links.filter(({ task }) => seesTask(task));
      return { waitsFor: seen(waitsFor), waitedForBy: seen(waitedForBy), retries: retries.filter(seesTask) };
    },
    async getUsage(ref) {
      const [task] = await view.getTasks([ref.taskId]);
      return task && seesTask(task) ? view.getUsage(ref) : undefined;
    },
    listLabels: (ask) => view.listLabels({ ...ask, projectNames: ofThose(ask.projectNames) }),
    listStagedFiles: refused,
    async listSources() {
      const ids = new Set((await visibleProjects()).map(({ project }) => project.sourceId));
      const { sources, position } = await view.listSources();
      return { sources: sources.filter(({ id }) => ids.has(id)), position };
    },
    listProjects: visibleProjects,
    async listSchedules() {
      const { schedules, position } = await view.listSchedules();
      return { schedules: schedules.filter(({ projectName }) => projects.includes(projectName)), position };
    },
    async listDataSets() {
      const { dataSets, position } = await view.listDataSets();
      return { dataSets: dataSets.filter(({ dataSet }) => projects.includes(dataSet.projectName)), position };
    },
    async listModels(ask) {
      const { models, position } = await view.listModels(ask);
      return { models: models.filter(({ model }) => projects.includes(model.projectName)), position };
    },
    listTicks: async (id) => ((await scheduleIsKnown(id)) ? view.listTicks(id) : []),
    async listTicksBetween(from, to) {
      const [ticks, { schedules }] = await Promise.all([view.listTicksBetween(from, to), view.listSchedules()]);
      const known = new Set(schedules.filter((one) => projects.includes(one.projectName)).map(({ id }) => id));
      return ticks.filter(({ scheduleId }) => known.has(scheduleId));
    },
    async listWorkers() {
      const { workers, position } = await view.listWorkers();
      const tasks = await view.getTasks(workers.flatMap(({ taskIds }) => taskIds));
      const known = new Set(tasks.filter(seesTask).map(({ id }) => id));
      return {
        workers: workers.map((load) => ({ ...load, taskIds: load.taskIds.filter((id) => known.has(id)) })),
        position,
      };
    },
    overview: (since, projectNames) => view.overview(since, ofThose(projectNames)),
    async listQueuedKinds({ limit, counted }) {
      const filter = { states: ["queued" as const], projectNames: projects };
      const page = await view.listTasks({ filter, order: "created-asc", limit: Math.min(pageSize, counted) });
      const kinds = kindsOf(page.tasks);
      return {
        kinds: kinds.slice(0, limit),
        more: page.next !== undefined || kinds.length > limit,
        position: page.position,
      };
    },
    listSecrets: refused,
    listAuditEvents: refused,
    countOpenTasks: refused,
    listUnusedObjects: refused,
    listEnded: refused,
    positionAt: refused,
    countStorage: refused,
  };
}

/** Newest first, `limit` at most. */
async function listAll(view: View, filter: TaskFilter, limit: number): Promise<readonly Task[]> {
  const all: Task[] = [];
  let after: Awaited<ReturnType<View["listTasks"]>>["next"];
  do {
    const page = await view.listTasks({
      filter,
      order: "created-desc",
      limit: Math.min(pageSize, limit - all.length),
      ...(after ? { after } : {}),
    });
    all.push(...page.tasks);
    after = page.next;
  } while (after && all.length < limit);
  return all;
}

function byId(tasks: readonly Task[]): readonly Task[] {
  return [...new Map(tasks.map((task) => [task.id, task])).values()].sort((a, b) => a.id - b.id);
}
