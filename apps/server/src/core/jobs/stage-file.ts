import { RefusedError } from "#core/errors.ts";
import { contentHashOf, type StagedFile } from "#core/jobs/job.ts";
import { makeRoom } from "#core/jobs/make-room.ts";
import type { Staged, StagingProblem } from "#core/jobs/staging.ts";
import { keepObject } from "#core/objects/keep-object.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";

export type StagingPorts = Pick<Ports, "store" | "objects" | "clock" | "digest" | "fileSources" | "staging">;

/** Unit of work: notes a file whose bytes are kept; answers the one of that id that was there first. */
async function noteFile(
  tx: Tx,
  { file, most }: { readonly file: StagedFile; readonly most: number },
): Promise<StagedFile> {
  const known = (await tx.stagedFiles.getMany([file.id])).get(file.id);
  if (known) return known;
  await makeRoom(tx, { size: file.size, most });
  await tx.stagedFiles.put([file]);
  await tx.journal.append([{ kind: "staged-files-changed", at: file.stagedAt }]);
  return file;
}

/** The bytes are not those that the id names. */
class ContentError extends Error {}

/** Brings a file here from wherever it can be had. Whoever asks while it is under way is answered with that. */
export function stageFile(ports: StagingPorts, id: string): Promise<Staged> {
  return ports.staging.once(id, (signal) => fetchFile(ports, id, signal));
}

/** Looks for a file in one source after another, keeps it, and verifies it. */
async function fetchFile(ports: StagingPorts, id: string, signal: AbortSignal): Promise<Staged> {
  const problems: StagingProblem[] = [];
  for (const source of ports.fileSources) {
    try {
      const bytes = await source.open(id, signal);
      if (bytes) return { file: await keepFile(ports, id, bytes) };
    } catch (error) {
      problems.push(toProblem(id, source.place, error));
    }
  }
  // What was tried and failed says more than that other places know nothing of the file.
  const [first] = problems;
  return { problem: first ?? notFound(id, ports.fileSources.length) };
}

/**
 * Keeps a file under an id.
 *
 * @throws RefusedError `conflict` when there is another of that id, `invalid` when it is not what the id names,
 * `exhausted` when there is no room
 */
export async function uploadFile(
  ports: StagingPorts,
  { id, bytes }: { readonly id: string; readonly bytes: AsyncIterable<Uint8Array> },
): Promise<StagedFile> {
  try {
    const file = await keepFile(ports, id, bytes);
    ports.staging.changed();
    return file;
  } catch (error) {
    if (error instanceof ContentError) throw new RefusedError("invalid", `${id}: ${error.message}`, "id");
    throw error;
  }
}

async function keepFile(ports: StagingPorts, id: string, bytes: AsyncIterable<Uint8Array>): Promise<StagedFile> {
  const { store, clock } = ports;
  const { limits } = ports.staging;
  const named = contentHashOf(id);
  const sha1 = named === "sha1" ? ports.digest.sha1() : undefined;
  async function* watched() {
    for await (const chunk of bytes) {
      sha1?.update(chunk);
      yield chunk;
    }
  }
  const object = await keepObject(ports, watched(), limits.bytes);
  const actual = sha1?.end() ?? object.hash;
  if (named && actual !== id) {
    throw new ContentError(`the ${named === "sha1" ? "SHA-1" : "SHA-256"} of what came is ${actual}`);
  }
  const now = clock.now();
  const file = await store.transact(noteFile, {
    file: { id, ...object, stagedAt: now, usedAt: now },
    most: limits.bytes,
  });
  if (file.hash !== object.hash) {
    throw new RefusedError("conflict", `${id}: there is another file of this id, and files never change`, "id");
  }
  return file;
}

function toProblem(id: string, place: string, error: unknown): StagingProblem {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof ContentError) return { reason: "CHECKSUM", message: `File ${id} from ${place}: ${message}` };
  if (error instanceof RefusedError && error.refusal === "exhausted") {
    return { reason: "NO_SPACE", message: `There is no room for file ${id}: ${message}` };
  }
  return { reason: "UNAVAILABLE", message: `File ${id} could not be fetched from ${place}: ${message}` };
}

function notFound(id: string, sources: number): StagingProblem {
  const where = sources === 0 ? "no source of files is configured" : "no source has it";
  return { reason: "NOT_FOUND", message: `File ${id} was not uploaded, and ${where}` };
}
