import type { Entry, Position } from "#core/journal/entry.ts";
import type { Store } from "#core/ports/store.ts";
import type { Tx } from "#core/ports/tx.ts";
import { beyondError } from "#core/scope/beyond.ts";
import { limitedTx } from "#core/scope/limited-tx.ts";
import { limitedView } from "#core/scope/limited-view.ts";

/** Tasks of which a follower remembers whether it sees them. */
const mostRemembered = 10_000;

/**
 * A store in which only some projects exist. Use cases and façades over it are for callers who see these projects only:
 * none of them can forget to look, for there is nothing else to be seen.
 *
 * @param projects - names
 */
export function limitedStore(store: Store, projects: readonly string[]): Store {
  return {
    transact: (unit, input) => store.transact((tx, given) => unit(limitedTx(tx, projects), given), input),
    view: limitedView(store.view, projects),
    version: store.version,
    follow: (after, signal, wants) => followVisible(store, projects, after, signal, wants),
    position: () => store.position(),
    size: () => store.size(),
    trim: () => Promise.reject(beyondError()),
    close: () => Promise.reject(beyondError()),
  };
}

async function* followVisible(
  store: Store,
  projects: readonly string[],
  after: Position,
  signal: AbortSignal,
  wants?: (entry: Entry) => boolean,
): AsyncIterable<readonly Entry[]> {
  const seen = new Map<number, boolean>();
  for await (const entries of store.follow(after, signal, wants)) {
    await lookUpTasks(store, projects, entries, seen);
    const hidden = await hiddenIds(store, projects, entries);
    const visible = entries.filter((entry) => {
      if ("taskId" in entry) return seen.get(entry.taskId) ?? false;
      if ("sourceId" in entry) return !hidden.has(entry.sourceId);
      if ("projectId" in entry) return !hidden.has(entry.projectId);
      if ("scheduleId" in entry) return !hidden.has(entry.scheduleId);
      // Its id begins with its project's name.
      if ("dataSetId" in entry) return projects.some((name) => entry.dataSetId.startsWith(`${name}.`));
      if ("viewId" in entry) return projects.includes(entry.projectName);
      if ("modelId" in entry) return projects.some((name) => entry.modelId.startsWith(`${name}/`));
      return entry.kind === "worker-changed";
    });
    if (visible.length > 0) yield visible;
  }
}

/** A task's project never changes. */
async function lookUpTasks(
  store: Store,
  projects: readonly string[],
  entries: readonly Entry[],
  seen: Map<number, boolean>,
): Promise<void> {
  const ids = [
    ...new Set(entries.flatMap((entry) => ("taskId" in entry && !seen.has(entry.taskId) ? entry.taskId : []))),
  ];
  if (ids.length === 0) return;
  if (seen.size > mostRemembered) seen.clear();
  for (const id of ids) seen.set(id, false);
  for (const { id, projectName } of await store.view.getTasks(ids)) seen.set(id, projects.includes(projectName));
}

/** What exists and belongs to another project. Of what is gone only an id is left, by which followers learn that it is. */
async function hiddenIds(
  store: Store,
  projects: readonly string[],
  entries: readonly Entry[],
): Promise<ReadonlySet<string>> {
  const ids = entries.flatMap((entry) => {
    if ("sourceId" in entry) return entry.sourceId;
    if ("projectId" in entry) return entry.projectId;
    return "scheduleId" in entry ? entry.scheduleId : [];
  });
  return ids.length === 0 ? new Set() : store.transact(foreignIds, { ids, projects });
}

/** Unit of work. A source that was never synced belongs to no project yet, so to nobody who is limited. */
async function foreignIds(
  tx: Tx,
  { ids, projects }: { readonly ids: readonly string[]; readonly projects: readonly string[] },
): Promise<ReadonlySet<string>> {
  const [known, sources, schedules] = [
    await tx.projects.getMany(ids),
    await tx.sources.getMany(ids),
    await tx.schedules.getMany(ids),
  ];
  const isForeign = (id: string) => {
    const name = known.get(id)?.definition.name ?? schedules.get(id)?.projectName;
    return name === undefined ? sources.has(id) : !projects.includes(name);
  };
  return new Set(ids.filter(isForeign));
}
