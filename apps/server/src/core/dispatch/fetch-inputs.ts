import { isBelow } from "#core/data-sets/data-set.ts";
import { type OwnAttempt, ownAttempt } from "#core/dispatch/own-attempt.ts";
import { RefusedError } from "#core/errors.ts";
import type { PackedFile } from "#core/ports/archiver.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import type { ProjectFile } from "#core/projects/project.ts";
import { fetchMirror } from "#core/sources/fetch-mirror.ts";
import type { Source } from "#core/sources/source.ts";
import type { RunInputs } from "#core/tasks/run-spec.ts";
import type { TaskId } from "#core/tasks/task.ts";

/**
 * The files of an attempt's working directory as one tar stream, those of its data sets last; empty when it has none.
 *
 * @throws RefusedError `conflict` when the attempt is not (any more) the worker's
 */
export async function* fetchInputs(
  ports: Pick<Ports, "store" | "objects" | "archiver" | "git" | "clock" | "vault" | "tracking">,
  ask: OwnAttempt,
  signal: AbortSignal,
): AsyncIterable<Uint8Array> {
  const { store, objects, archiver, tracking } = ports;
  const { spec } = await store.transact(ownAttempt, ask);
  const brought = await store.transact(filesOfDependencies, ask.ref.taskId);
  const { inputs } = spec;
  if (inputs.kind === "git") {
    const archive = archiveOf(ports, inputs, signal);
    yield* brought.length > 0 ? archiver.append(archive, contents(objects, brought, signal)) : archive;
    return;
  }
  if (inputs.kind === "model") {
    yield* archiver.pack(tracking.files(inputs.location, signal));
    return;
  }
  const files = [...(await store.transact(ownFiles, inputs)), ...brought];
  if (inputs.kind !== "none" || files.length > 0) yield* archiver.pack(contents(objects, files, signal));
}

type StoredFile = Pick<ProjectFile, "path" | "size" | "hash"> & { readonly mode?: number };

/** Unit of work: the files that a task was submitted with. */
export async function ownFiles(tx: Tx, inputs: RunInputs): Promise<readonly StoredFile[]> {
  if (inputs.kind === "files") return tx.projectFiles.list(inputs.projectId);
  return inputs.kind === "staged" ? stagedFiles(tx, inputs.files) : [];
}

async function stagedFiles(tx: Tx, ids: readonly string[]): Promise<readonly StoredFile[]> {
  const found = await tx.stagedFiles.getMany(ids);
  return ids.map((id, index) => {
    const file = found.get(id);
    if (!file) {
      throw new RefusedError("not-found", `file ${id} is not kept any more; stage it again, for a new job`);
    }
    return { path: id, size: file.size, hash: file.hash, mode: index === 0 ? 0o555 : 0o444 };
  });
}

/** Unit of work: what the tasks that this one depended on have left for it. */
export async function filesOfDependencies(tx: Tx, taskId: TaskId): Promise<readonly StoredFile[]> {
  const dependencies = await tx.dependencies.of([taskId]);
  const tasks = await tx.tasks.getMany(dependencies.map(({ onTaskId }) => onTaskId));
  const files: StoredFile[] = [];
  for (const { onTaskId, path } of dependencies) {
    const number = tasks.get(onTaskId)?.attempt ?? 0;
    const artifacts = await tx.artifacts.ofAttempt({ taskId: onTaskId, number });
    files.push(...artifacts.filter((artifact) => isBelow(artifact.path, path)));
  }
  return files;
}

/** A mirror is fetched first when it has not got the commit: another server may have synced the source. */
async function* archiveOf(
  ports: Pick<Ports, "store" | "git" | "clock" | "vault">,
  { sourceId, commit }: { readonly sourceId: string; readonly commit: string },
  signal: AbortSignal,
): AsyncIterable<Uint8Array> {
  try {
    yield* ports.git.archive(sourceId, commit, signal);
    return;
  } catch (error) {
    if (!(error instanceof RefusedError) || error.refusal !== "not-found") throw error;
    const source = await ports.store.transact(readSource, sourceId);
    if (source === undefined || !(await fetchMirror(ports, source, signal)).ok) throw error;
  }
  yield* ports.git.archive(sourceId, commit, signal);
}

/** Unit of work: a source, if it is still there. */
async function readSource(tx: Tx, id: string): Promise<Source | undefined> {
  return (await tx.sources.getMany([id])).get(id);
}

async function* contents(
  objects: Ports["objects"],
  files: readonly StoredFile[],
  signal: AbortSignal,
): AsyncIterable<PackedFile> {
  for (const file of files) {
    signal.throwIfAborted();
    const content = isDirectory(file.path) ? none() : objects.get(file.hash);
    yield { path: file.path, size: file.size, content, ...(file.mode === undefined ? {} : { mode: file.mode }) };
  }
}

function isDirectory(path: string): boolean {
  return path.endsWith("/");
}

async function* none(): AsyncIterable<Uint8Array> {}
