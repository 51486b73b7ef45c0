import { RefusedError } from "#core/errors.ts";
import { declareModels, dropModels } from "#core/models/declare-models.ts";
import type { GitHead } from "#core/ports/git.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import type { Project, ProjectDefinition } from "#core/projects/project.ts";
import { explainFileProblems, type ReadProjectFile, readProjectFile } from "#core/projects/read-project-file.ts";
import { keepSchedules } from "#core/schedules/keep-schedules.ts";
import { planSchedules } from "#core/schedules/plan-schedules.ts";
import type { Schedule } from "#core/schedules/schedule.ts";
import { fetchMirror } from "#core/sources/fetch-mirror.ts";
import type { Source, SourceIssue } from "#core/sources/source.ts";
import { parseSyncInterval } from "#core/sources/sync-interval.ts";

/** After a failed sync, unless the interval is shorter. */
const retryAfter = 50_000;

type Outcome =
  | {
      readonly ok: true;
      readonly head: GitHead;
      readonly definition: ProjectDefinition;
      readonly file: ReadProjectFile;
    }
  | {
      readonly ok: false;
      readonly issue: SourceIssue;
      readonly head?: GitHead;
      /** Set when there is one, and it cannot be used. */
      readonly file?: ReadProjectFile | undefined;
    };

/** Unit of work: marks a source as being synced; undefined when it is gone. */
async function beginSync(
  tx: Tx,
  { id, now }: { readonly id: string; readonly now: number },
): Promise<Source | undefined> {
  const source = (await tx.sources.getMany([id])).get(id);
  if (!source) return undefined;
  const begun: Source = { ...source, state: "synchronising" };
  await tx.sources.replace([{ source: begun, ifRevision: source.revision }]);
  await tx.journal.append([{ kind: "source-changed", sourceId: id, at: now }]);
  return begun;
}

interface EndSync {
  readonly begun: Source;
  readonly outcome: Outcome;
  /** Those that the project asks for. */
  readonly schedules: readonly Schedule[];
  readonly now: number;
}

/** Unit of work: writes the outcome of a sync, unless the settings have changed or the source is gone. */
async function endSync(tx: Tx, { begun, outcome, schedules, now }: EndSync): Promise<Source | undefined> {
  const source = (await tx.sources.getMany([begun.id])).get(begun.id);
  if (!source || source.revision !== begun.revision) return undefined;
  const settled = settle(source, outcome, now);
  await tx.sources.replace([{ source: settled, ifRevision: source.revision }]);
  if (outcome.ok) {
    const { id } = settled;
    const old = (await tx.projects.getMany([id])).get(id);
    const project = projectOf(settled, outcome, now);
    const kept = old
      ? { createdAt: old.createdAt, ...(old.commit === project.commit && { updatedAt: old.updatedAt }) }
      : {};
    await tx.projects.put([{ ...project, ...kept }]);
    if (old && old.definition.name !== project.definition.name) await dropModels(tx, old, now);
    await declareModels(tx, project, now);
    await keepSchedules(tx, {
      projectId: id,
      projectName: outcome.definition.name,
      fromSource: true,
      schedules,
      now,
    });
  }
  await tx.journal.append([
    { kind: "source-changed", sourceId: source.id, at: now },
    ...(outcome.ok ? [{ kind: "project-changed" as const, projectId: source.id, at: now }] : []),
  ]);
  return settled;
}

function settle(source: Source, outcome: Outcome, now: number): Source {
  const interval = parseSyncInterval(source.settings.syncInterval);
  const { head } = outcome;
  const seen = head
    ? {
        seenBranch: head.branch,
        seenCommit: head.commit,
        ...(outcome.file && { seenFile: outcome.file.name }),
        ...(head.hostKeys && { hostKeys: head.hostKeys }),
      }
    : {};
  // What the last commit had says nothing of this one.
  const { seenFile: _, ...others } = source;
  const kept: Source = head ? others : source;
  if (outcome.ok) {
    return {
      ...kept,
      ...seen,
      branch: outcome.head.branch,
      commit: outcome.head.commit,
      commitSubject: outcome.head.subject,
      commitAt: outcome.head.committedAt,
      state: "synchronized",
      settledState: "synchronized",
      reason: "The project source is synchronized",
      issues: [],
      lastSyncedAt: now,
      nextSyncAt: now + interval,
    };
  }
  return {
    ...kept,
    ...seen,
    state: "error",
    settledState: "error",
    reason: outcome.issue.explanation,
    issues: [outcome.issue],
    nextSyncAt: now + Math.min(interval, retryAfter),
  };
}

function projectOf(source: Source, outcome: Extract<Outcome, { ok: true }>, now: number): Project {
  return {
    id: source.id,
    definition: outcome.definition,
    triggers: source.settings.triggers ?? false,
    sourceId: source.id,
    commit: outcome.head.commit,
    fileText: outcome.file.text,
    fileName: outcome.file.name,
    createdAt: now,
    updatedAt: now,
  };
}

/**
 * Brings one source up to date: fetches, reads the project file of the default branch, keeps its project. A failure is
 * the source's state, not an error. The caller sees to it that one source is not synced twice at a time.
 *
 * @returns the source after the sync; undefined when it was deleted or changed meanwhile
 */
export async function syncSource(
  ports: Pick<Ports, "store" | "clock" | "calendar" | "git" | "vault" | "projectFiles">,
  id: string,
  signal: AbortSignal,
): Promise<Source | undefined> {
  const { store, clock, calendar } = ports;
  const begun = await store.transact(beginSync, { id, now: clock.now() });
  if (!begun) return undefined;
  const outcome = await readRepository(ports, begun, signal).catch((error: unknown): Outcome => {
    signal.throwIfAborted();
    // What cannot be read, such as a project file that is too large, is the repository's fault.
    if (error instanceof RefusedError) return failure("project-not-found", error.message);
    throw error;
  });
  const now = clock.now();
  const schedules = outcome.ok ? planSchedules(projectOf(begun, outcome, now), calendar, now) : [];
  return store.transact(endSync, { begun, outcome, schedules, now });
}

async function readRepository(
  ports: Pick<Ports, "store" | "clock" | "git" | "vault" | "projectFiles">,
  source: Source,
  signal: AbortSignal,
): Promise<Outcome> {
  const fetched = await fetchMirror(ports, source, signal);
  if (!fetched.ok) return failure(fetched.kind, fetched.message);
  return readProject(ports, source.id, fetched);
}

async function readProject(
  ports: Pick<Ports, "git" | "projectFiles">,
  sourceId: string,
  head: GitHead,
): Promise<Outcome> {
  const file = await readProjectFile(ports, sourceId, head.commit);
  if (file?.definition) return { ok: true, head, definition: file.definition, file };
  const missing = `The repository has no ame.yaml at its root on branch ${head.branch}: add one`;
  return { ...failure("project-not-found", file ? explainFileProblems(file) : missing), head, file };
}

function failure(kind: SourceIssue["kind"], explanation: string): Outcome & { readonly ok: false } {
  return { ok: false, issue: { kind, explanation } };
}
