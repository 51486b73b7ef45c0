import { RefusedError } from "#core/errors.ts";
import { findModelProblems } from "#core/models/find-model-problems.ts";
import { isValidated, type Model, type ModelVersion, type TrackedVersion } from "#core/models/model.ts";
import { settleValidations } from "#core/models/settle-validations.ts";
import { queueValidation } from "#core/models/validate-version.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";

type RefreshPorts = Pick<Ports, "store" | "clock" | "tracking">;

/** A version as it was told, with what was found out of its files. */
type Seen = TrackedVersion & Pick<ModelVersion, "serving" | "servingProblem">;

interface KeepVersions {
  readonly id: string;
  readonly seen: readonly Seen[];
  readonly problem?: string;
  readonly now: number;
}

/** Unit of work: a model and what is known of its versions; undefined when it is gone. */
async function readModel(tx: Tx, id: string) {
  const model = (await tx.models.getMany([id])).get(id);
  return model && { model, versions: await tx.modelVersions.of(id) };
}

/** Unit of work: writes what the tracking store said, ends validations that have ended, and has the newest version validated. */
async function keepVersions(tx: Tx, { id, seen, problem, now }: KeepVersions): Promise<void> {
  const model = (await tx.models.getMany([id])).get(id);
  if (!model) return;
  const before = await tx.modelVersions.of(id);
  const told = problem === undefined ? merge(id, before, seen) : before;
  const settled = await settleValidations(tx, told);
  const versions = await validateNewest(tx, model, settled, now);
  const project = (await tx.projects.getMany([model.projectId])).get(model.projectId);
  const after = withLatest(
    {
      ...model,
      checked: { at: now, ...(problem === undefined ? {} : { problem }) },
      ...(project ? { problems: await findModelProblems(tx, project, model.definition) } : {}),
    },
    versions,
  );
  const changed = versions.filter((version) => {
    const old = before.find((each) => each.version === version.version);
    return JSON.stringify(old) !== JSON.stringify(version);
  });
  await tx.modelVersions.put(changed);
  if (problem === undefined) await tx.modelVersions.delete(id, goneOf(before, seen));
  await tx.models.put([after]);
  const isNews = changed.length > 0 || before.length !== versions.length || !looksSame(model, after);
  if (isNews) await tx.journal.append([{ kind: "model-changed", modelId: id, at: now }]);
}

/** Without the time at which it was asked. */
function looksSame(a: Model, b: Model): boolean {
  const seen = (model: Model) =>
    JSON.stringify({ ...model, checked: model.checked?.problem ?? model.checked !== undefined });
  return seen(a) === seen(b);
}

function merge(id: string, before: readonly ModelVersion[], seen: readonly Seen[]): readonly ModelVersion[] {
  return seen.map((version) => {
    const old = before.find((each) => each.version === version.version);
    const validation = old?.validation ?? { state: "none" as const, tries: 0 };
    return { ...version, modelId: id, validation };
  });
}

function goneOf(before: readonly ModelVersion[], seen: readonly Seen[]): readonly number[] {
  return before.map(({ version }) => version).filter((version) => !seen.some((each) => each.version === version));
}

/** Only the newest is validated by itself: older ones would be served by nobody. */
async function validateNewest(
  tx: Tx,
  model: Model,
  versions: readonly ModelVersion[],
  now: number,
): Promise<readonly ModelVersion[]> {
  const newest = newestOf(versions.filter(({ status }) => status === "ready"));
  if (!newest || (newest.validation.state !== "none" && newest.validation.state !== "blocked")) return versions;
  const validated = await queueValidation(tx, { model, version: newest, by: "tributary", now });
  return versions.map((version) => (version.version === newest.version ? validated : version));
}

function newestOf(versions: readonly ModelVersion[]): ModelVersion | undefined {
  return [...versions].sort((a, b) => b.createdAt - a.createdAt || b.version - a.version)[0];
}

function withLatest(model: Model, versions: readonly ModelVersion[]): Model {
  const { latestValidatedVersion: _, ...rest } = model;
  const latest = newestOf(versions.filter(isValidated));
  return latest ? { ...rest, latestValidatedVersion: latest.version } : rest;
}

/**
 * Reads a model's versions from the tracking store, and starts what follows from them: the validation of the newest one.
 * A store that does not answer is the model's state, not an error.
 */
export async function refreshModel(ports: RefreshPorts, id: string, signal: AbortSignal): Promise<void> {
  const { store, clock } = ports;
  const known = await store.transact(readModel, id);
  if (!known) return;
  const told = await askTracking(ports, known.model, known.versions, signal);
  await store.transact(keepVersions, { id, ...told, now: clock.now() });
}

async function askTracking(
  { tracking }: RefreshPorts,
  { definition }: Model,
  known: readonly ModelVersion[],
  signal: AbortSignal,
): Promise<Pick<KeepVersions, "seen" | "problem">> {
  try {
    const versions = await tracking.versions(definition.name, signal);
    const seen: Seen[] = [];
    for (const version of versions) seen.push(await withNeeds(tracking, version, known, signal));
    return { seen };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof RefusedError) return { seen: [], problem: error.message };
    throw error;
  }
}

/** Files of a version never change, so it is looked at once. */
async function withNeeds(
  tracking: Ports["tracking"],
  version: TrackedVersion,
  known: readonly ModelVersion[],
  signal: AbortSignal,
): Promise<Seen> {
  const old = known.find((each) => each.version === version.version && each.location === version.location);
  if (old?.serving) return { ...version, serving: old.serving };
  if (version.status !== "ready") return version;
  try {
    return { ...version, serving: await tracking.needs(version, signal) };
  } catch (error) {
    if (error instanceof RefusedError && error.refusal === "invalid")
      return { ...version, servingProblem: error.message };
    throw error;
  }
}
