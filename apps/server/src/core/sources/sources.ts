import { RefusedError } from "#core/errors.ts";
import { newId } from "#core/ids.ts";
import { dropModels } from "#core/models/declare-models.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import { keepSchedules } from "#core/schedules/keep-schedules.ts";
import { checkRepositoryUrl } from "#core/sources/repository-url.ts";
import type { Source, SourceSettings } from "#core/sources/source.ts";
import { parseSyncInterval } from "#core/sources/sync-interval.ts";

/** Checks what can be checked without asking the repository. */
export function checkSettings(settings: SourceSettings): void {
  checkKey(settings.secretKey, "secret_key");
  checkKey(settings.webhookSecretKey, "webhook_secret_key");
  checkRepositoryUrl(settings.repository);
  parseSyncInterval(settings.syncInterval);
  if (settings.username !== undefined && /[\u0000-\u001f\u007f]/.test(settings.username)) {
    throw new RefusedError("invalid", "username: contains a control character; remove it", "username");
  }
}

/** @throws RefusedError `not-found` */
export async function knownSource(tx: Tx, id: string): Promise<Source> {
  const source = (await tx.sources.getMany([id])).get(id);
  if (!source) throw new RefusedError("not-found", `there is no project source ${id.slice(0, 80)}`);
  return source;
}

function checkKey(key: string | undefined, field: string): void {
  if (key === undefined || (key.length <= 253 && !/[\u0000-\u001f\u007f]/.test(key))) return;
  throw new RefusedError("invalid", `${field}: is no key of a secret`, field);
}

async function insertSource(tx: Tx, source: Source): Promise<Source> {
  const { repository } = source.settings;
  await refuseTaken(tx, repository);
  await tx.sources.insert([source]);
  await tx.journal.append([
    { kind: "source-changed", sourceId: source.id, at: source.createdAt },
    { kind: "source-sync-asked", sourceId: source.id, at: source.createdAt },
  ]);
  return source;
}

async function refuseTaken(tx: Tx, repository: string): Promise<void> {
  if ((await tx.sources.findByRepository(repository)).length > 0) {
    throw new RefusedError("already-exists", `repository: there is a source for ${repository} already`, "repository");
  }
}

/**
 * Adds a repository; answered at once, the first sync follows.
 *
 * @throws RefusedError `invalid` for a URL that is not allowed; `already-exists` for the same repository
 */
export async function createSource(
  { store, clock, random }: Pick<Ports, "store" | "clock" | "random">,
  settings: SourceSettings,
): Promise<Source> {
  checkSettings(settings);
  const now = clock.now();
  return store.transact(insertSource, {
    id: newId(random, "ameprojectsrc", 5),
    settings,
    state: "pending",
    settledState: "pending",
    issues: [],
    nextSyncAt: now,
    createdAt: now,
    revision: 1,
  });
}

interface ChangeSource {
  readonly id: string;
  readonly change: (settings: SourceSettings) => SourceSettings;
  readonly now: number;
}

async function replaceSettings(tx: Tx, { id, change, now }: ChangeSource): Promise<Source> {
  const old = await knownSource(tx, id);
  const settings = change(old.settings);
  checkSettings(settings);
  if (settings.repository !== old.settings.repository) await refuseTaken(tx, settings.repository);
  const { reason: _, hostKeys, ...rest } = old;
  // Another address may be of another host, which shows its own keys.
  const sameHost = settings.repository === old.settings.repository;
  const source: Source = {
    ...rest,
    ...(hostKeys !== undefined && sameHost && { hostKeys }),
    settings,
    // Whoever waits for the outcome of the change must not take the old outcome for it.
    state: "pending",
    settledState: "pending",
    issues: [],
    nextSyncAt: now,
    revision: old.revision + 1,
  };
  await tx.sources.replace([{ source, ifRevision: old.revision }]);
  await tx.journal.append([
    { kind: "source-changed", sourceId: id, at: now },
    { kind: "source-sync-asked", sourceId: id, at: now },
  ]);
  return source;
}

/**
 * Changes the settings of a source and syncs it; it is pending until that sync has ended.
 *
 * @param change - pure; makes the new settings of the present ones
 * @throws RefusedError `not-found`; `invalid`; `already-exists` when another source has the repository
 */
export function updateSource(
  { store, clock }: Pick<Ports, "store" | "clock">,
  ask: Omit<ChangeSource, "now">,
): Promise<Source> {
  return store.transact(replaceSettings, { ...ask, now: clock.now() });
}

async function removeSource(tx: Tx, { id, now }: { readonly id: string; readonly now: number }): Promise<void> {
  await knownSource(tx, id);
  const project = (await tx.projects.getMany([id])).get(id);
  const projectName = project?.definition.name ?? "";
  await keepSchedules(tx, { projectId: id, projectName, fromSource: true, schedules: [], now });
  await dropModels(tx, project, now);
  await tx.sources.delete([id]);
  await tx.projects.delete([id]);
  await tx.journal.append([
    { kind: "source-deleted", sourceId: id, at: now },
    { kind: "project-changed", projectId: id, at: now },
  ]);
}

/**
 * Removes a source and its project. Tasks and logs stay; the mirror stays too, for tasks of it that have not started.
 *
 * @throws RefusedError `not-found`
 */
export function deleteSource({ store, clock }: Pick<Ports, "store" | "clock">, id: string): Promise<void> {
  return store.transact(removeSource, { id, now: clock.now() });
}

/**
 * Forgets by which ssh keys the host of a source was known, and syncs it: whichever key it shows then is taken.
 *
 * @throws RefusedError `not-found`
 */
export function forgetHostKeys({ store, clock }: Pick<Ports, "store" | "clock">, id: string): Promise<Source> {
  return store.transact(dropHostKeys, { id, now: clock.now() });
}

async function dropHostKeys(tx: Tx, { id, now }: { readonly id: string; readonly now: number }): Promise<Source> {
  const { hostKeys: _, ...source } = await knownSource(tx, id);
  // A sync that began before must not bring them back.
  const forgotten: Source = { ...source, revision: source.revision + 1 };
  await tx.sources.replace([{ source: forgotten, ifRevision: source.revision }]);
  await tx.journal.append([
    { kind: "source-changed", sourceId: id, at: now },
    { kind: "source-sync-asked", sourceId: id, at: now },
  ]);
  return forgotten;
}

async function askForSync(tx: Tx, { id, now }: { readonly id: string; readonly now: number }): Promise<Source> {
  const source = await knownSource(tx, id);
  await tx.journal.append([{ kind: "source-sync-asked", sourceId: id, at: now }]);
  return source;
}

/** @throws RefusedError `not-found` */
export function askSync({ store, clock }: Pick<Ports, "store" | "clock">, id: string): Promise<Source> {
  return store.transact(askForSync, { id, now: clock.now() });
}

/** Unit of work: the one source with exactly this repository. */
export async function findSource(tx: Tx, repository: string): Promise<Source> {
  const [found] = await tx.sources.findByRepository(repository);
  if (!found) {
    throw new RefusedError("not-found", `there is no project source for ${repository.slice(0, 200)}`, "repo");
  }
  return found;
}
