import { RefusedError } from "#core/errors.ts";
import { newId } from "#core/ids.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import type { SavedView } from "#core/saved-views/saved-view.ts";

/** People look through all of a page's views at once. */
const mostViews = 200;

/** Of one page, or of all when it is empty; by name. */
export async function listSavedViews({ store }: Pick<Ports, "store">, page: string): Promise<readonly SavedView[]> {
  const all = await store.transact((tx: Tx) => tx.savedViews.all(), undefined);
  return all
    .filter((view) => page === "" || view.page === page)
    .sort((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1));
}

interface CreateSavedView {
  readonly name: string;
  readonly page: string;
  readonly query: string;
  readonly projectName: string;
  readonly by: string;
}

/** Unit of work. */
async function insertView(tx: Tx, view: SavedView): Promise<SavedView> {
  const all = await tx.savedViews.all();
  if (all.length >= mostViews) {
    throw new RefusedError("exhausted", `there are ${mostViews} saved views already; delete one that nobody uses`);
  }
  refuseTaken(all, view);
  return putView(tx, view);
}

async function putView(tx: Tx, view: SavedView): Promise<SavedView> {
  await tx.savedViews.put([view]);
  await noteChange(tx, view, view.updatedAt);
  return view;
}

function noteChange(tx: Tx, { id, projectName }: SavedView, at: number) {
  return tx.journal.append([{ kind: "saved-view-changed", viewId: id, projectName, at }]);
}

function refuseTaken(all: readonly SavedView[], { id, page, name }: SavedView): void {
  const same = (other: SavedView) => other.page === page && other.name.toLowerCase() === name.toLowerCase();
  if (!all.some((other) => other.id !== id && same(other))) return;
  throw new RefusedError(
    "already-exists",
    `name: there is a view ${name} already; change that one, or choose another name`,
    "name",
  );
}

/**
 * Keeps a list's filters under a name, for everybody.
 *
 * @throws RefusedError `already-exists`; `exhausted` when there are too many; `invalid` for a name of spaces
 */
export function createSavedView(
  { store, clock, random }: Pick<Ports, "store" | "clock" | "random">,
  { by, name, ...ask }: CreateSavedView,
): Promise<SavedView> {
  const now = clock.now();
  return store.transact(insertView, {
    id: newId(random, "view", 8),
    ...ask,
    name: plainName(name),
    createdBy: by,
    createdAt: now,
    updatedBy: by,
    updatedAt: now,
  });
}

function plainName(name: string): string {
  const plain = name.trim();
  if (plain === "") throw new RefusedError("invalid", "name: is empty; say what the view shows", "name");
  return plain;
}

interface UpdateSavedView {
  readonly id: string;
  readonly name?: string;
  readonly query?: string;
  readonly by: string;
}

/** Unit of work. */
async function changeView(tx: Tx, { by, now, ...change }: UpdateSavedView & { readonly now: number }) {
  const view = { ...(await knownView(tx, change.id)), ...change, updatedBy: by, updatedAt: now };
  refuseTaken(await tx.savedViews.all(), view);
  return putView(tx, view);
}

/** @throws RefusedError `not-found`; `already-exists`; `invalid` for a name of spaces */
export function updateSavedView(
  { store, clock }: Pick<Ports, "store" | "clock">,
  { name, ...ask }: UpdateSavedView,
): Promise<SavedView> {
  const named = name === undefined ? {} : { name: plainName(name) };
  return store.transact(changeView, { ...ask, ...named, now: clock.now() });
}

/** Unit of work. */
async function removeView(tx: Tx, { id, now }: { readonly id: string; readonly now: number }): Promise<void> {
  const view = await knownView(tx, id);
  await tx.savedViews.delete([id]);
  await noteChange(tx, view, now);
}

/** @throws RefusedError `not-found` */
export function deleteSavedView({ store, clock }: Pick<Ports, "store" | "clock">, id: string): Promise<void> {
  return store.transact(removeView, { id, now: clock.now() });
}

async function knownView(tx: Tx, id: string): Promise<SavedView> {
  const view = (await tx.savedViews.getMany([id])).get(id);
  if (!view) throw new RefusedError("not-found", `there is no saved view ${id.slice(0, 80)}; it may have been deleted`);
  return view;
}
