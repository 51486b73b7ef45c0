import { type Provider, type Worker, WorkerKind } from "@tributary/proto/tributary/v1/workers_pb";

import { formatCount } from "#lib/format.ts";
import { workerState } from "#pages/parts/worker-words.ts";
import { workersStrings } from "#pages/strings/workers-strings.ts";
import type { State } from "#ui/state-glyph.tsx";

const words = workersStrings.groups;

/** Workers of one kind: what a provider gave of one flavor, machines with the same labels. */
export interface WorkerGroup {
  readonly key: string;
  readonly name: string;
  readonly about: string;
  /** From which more like these are got; unset for machines that somebody adds by hand. */
  readonly from?: { readonly provider: string; readonly flavor: string };
  /** Those that somebody should look at first, then by name. */
  readonly workers: readonly Worker[];
}

/** A line of the list: a group's head, a worker, or the rest of a group. */
export type WorkerLine =
  | { readonly kind: "group"; readonly key: string; readonly group: WorkerGroup; readonly folded: boolean }
  | { readonly kind: "worker"; readonly key: string; readonly worker: Worker }
  | { readonly kind: "rest"; readonly key: string; readonly group: WorkerGroup; readonly rest: readonly Worker[] };

/** A group that has more shows its first few. */
const most = 10;
const first = 6;

const places = ["server", "provider", "labels", "own", "scitq"] as const;
type Kind = (typeof places)[number];
type Named = Omit<WorkerGroup, "workers"> & { readonly kind: Kind };

/** Workers by where they are from: the server's own machine, providers, labels that machines share, and TaskQueue's. */
export function groupWorkers(workers: readonly Worker[], providers: readonly Provider[]): readonly WorkerGroup[] {
  const shared = sharedLabels(workers);
  const groups = new Map<string, Named & { readonly workers: Worker[] }>();
  for (const worker of workers) {
    const named = nameGroup(worker, providers, shared);
    const group = groups.get(named.key) ?? { ...named, workers: [] };
    groups.set(named.key, group);
    group.workers.push(worker);
  }
  return [...groups.values()]
    .sort((a, b) => places.indexOf(a.kind) - places.indexOf(b.kind) || a.name.localeCompare(b.name))
    .map(({ kind: _, workers: members, ...group }) => ({ ...group, workers: members.toSorted(byNeed) }));
}

/** What of the groups is shown, in lines. */
export function linesOf(
  groups: readonly WorkerGroup[],
  { folded, whole }: { readonly folded: ReadonlySet<string>; readonly whole: ReadonlySet<string> },
): readonly WorkerLine[] {
  return groups.flatMap((group): WorkerLine[] => {
    const head: WorkerLine = { kind: "group", key: `group ${group.key}`, group, folded: folded.has(group.key) };
    if (head.folded) return [head];
    const { workers } = group;
    const shown = workers.length > most && !whole.has(group.key) ? workers.slice(0, first) : workers;
    const lines = shown.map((worker): WorkerLine => ({ kind: "worker", key: worker.id, worker }));
    const rest = workers.slice(shown.length);
    if (rest.length === 0) return [head, ...lines];
    return [head, ...lines, { kind: "rest", key: `rest ${group.key}`, group, rest }];
  });
}

export function labelText([key, value]: readonly [string, string]): string {
  return value === "" ? key : `${key}=${value}`;
}

function nameGroup(worker: Worker, providers: readonly Provider[], shared: ReadonlySet<string>): Named {
  const { provided, kind, ofServer } = worker;
  if (provided) return nameProvided(provided, providers);
  if (kind === WorkerKind.SCITQ) return { kind: "scitq", key: "scitq", name: words.scitq, about: words.scitqText };
  if (ofServer) return { kind: "server", key: "server", name: words.server, about: words.serverText };
  const labels = labelsOf(worker);
  if (shared.has(labels)) return { kind: "labels", key: `labels ${labels}`, name: labels, about: words.labelsText };
  return { kind: "own", key: "own", name: words.own, about: words.ownText };
}

function nameProvided(
  { provider, flavor }: { readonly provider: string; readonly flavor: string },
  providers: readonly Provider[],
): Named {
  const known = providers.find(({ name }) => name === provider);
  const about = known?.flavors.find(({ name }) => name === flavor)?.description || known?.description || "";
  const name = [provider, flavor].filter((part) => part !== "").join(" · ");
  return { kind: "provider", key: `provider ${provider}/${flavor}`, name, about, from: { provider, flavor } };
}

/** Labels, all together, that more than one machine has. */
function sharedLabels(workers: readonly Worker[]): ReadonlySet<string> {
  const counts = new Map<string, number>();
  for (const worker of workers) {
    const labels = labelsOf(worker);
    const isOwn = !worker.provided && !worker.ofServer && worker.kind !== WorkerKind.SCITQ;
    if (isOwn && labels !== "") counts.set(labels, (counts.get(labels) ?? 0) + 1);
  }
  return new Set([...counts].flatMap(([labels, count]) => (count > 1 ? [labels] : [])));
}

function labelsOf({ labels }: Worker): string {
  return Object.entries(labels).map(labelText).sort().join(", ");
}

const needs: readonly State[] = ["failed", "lost", "paused", "cancelling", "queued"];

function byNeed(a: Worker, b: Worker): number {
  return needOf(a) - needOf(b) || a.name.localeCompare(b.name, undefined, { numeric: true });
}

function needOf(worker: Worker): number {
  const at = needs.indexOf(workerState(worker)[0]);
  return at === -1 ? needs.length : at;
}

export interface SlotSum {
  readonly used: number;
  readonly all: number;
}

/** Slots of workers that are online. */
export function sumSlots(workers: readonly Worker[]): SlotSum {
  const online = workers.filter((worker) => worker.online);
  return {
    used: online.reduce((sum, { slotsUsed }) => sum + slotsUsed, 0),
    all: online.reduce((sum, { slots }) => sum + slots, 0),
  };
}

/** How many workers are not as they should be, in a sentence; empty when all are. */
export function troubleText(workers: readonly Worker[]): string {
  const counts = new Map<State, number>();
  for (const worker of workers) {
    const [state] = workerState(worker);
    counts.set(state, (counts.get(state) ?? 0) + 1);
  }
  const parts = needs.flatMap((state) => {
    const count = counts.get(state) ?? 0;
    const word = words.trouble[state as keyof typeof words.trouble];
    return count === 0 || word === undefined ? [] : [`${formatCount(count)} ${word}`];
  });
  return parts.length === 0 ? "" : `${parts.join(", ")}.`;
}
