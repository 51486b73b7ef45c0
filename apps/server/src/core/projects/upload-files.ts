import { RefusedError } from "#core/errors.ts";
import type { Ports } from "#core/ports/index.ts";
import { checkFilePath } from "#core/projects/file-path.ts";
import { knownProject } from "#core/projects/known-project.ts";
import type { ProjectFile } from "#core/projects/project.ts";
import type { WantedFile } from "#core/projects/reuse-files.ts";
import { keepFile, putFiles, refuseProjectOfSource } from "#core/projects/upload-project-file.ts";

/** Files up to this size are read whole, so that several can be written at once. */
const smallFile = 64 * 1024;
/** How many of them, and how many files are noted in one unit. */
const atOnce = 16;

/** A file that comes: its content must be taken before the next one is asked for. */
export interface ComingFile extends WantedFile {
  readonly content: AsyncIterable<Uint8Array>;
}

export interface Uploaded {
  readonly files: number;
  readonly bytes: number;
}

/**
 * Keeps files of an uploaded project as they come; each is the project's when it has come whole, so that an upload that
 * breaks off leaves whole files only and goes on with the rest.
 *
 * @throws RefusedError `not-found` for an unknown project, `conflict` for that of a source, `invalid` for a path that could
 * leave the project's folder or content that is not what its header says, `exhausted` when the disk is full
 */
export async function uploadFiles(
  ports: Pick<Ports, "store" | "objects" | "clock">,
  projectId: string,
  files: AsyncIterable<ComingFile>,
): Promise<Uploaded> {
  const { store, clock } = ports;
  refuseProjectOfSource(await store.transact(knownProject, projectId));
  let uploaded: Uploaded = { files: 0, bytes: 0 };
  let writing: Promise<ProjectFile>[] = [];
  const settle = async () => {
    const ended = await Promise.allSettled(writing);
    writing = [];
    const kept = ended.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
    if (kept.length > 0) await store.transact(putFiles, { projectId, files: kept, now: clock.now() });
    const failed = ended.find((each) => each.status === "rejected");
    if (failed) throw failed.reason;
    const bytes = kept.reduce((sum, { size }) => sum + size, uploaded.bytes);
    uploaded = { files: uploaded.files + kept.length, bytes };
  };
  try {
    for await (const file of files) {
      const path = checkFilePath(file.path, "file.path");
      const content = file.size <= smallFile ? once(await whole(file)) : exactly(file);
      writing.push(keepFile(ports, { projectId, path, content }, file.hash));
      if (file.size > smallFile || writing.length >= atOnce) await settle();
    }
  } finally {
    // What has come whole stays, however this ends.
    await settle();
  }
  return uploaded;
}

async function whole(file: ComingFile): Promise<Uint8Array> {
  const all = new Uint8Array(file.size);
  let length = 0;
  for await (const chunk of exactly(file)) {
    all.set(chunk, length);
    length += chunk.length;
  }
  return all;
}

/** No more and no less than the header has said. */
async function* exactly({ path, size, content }: ComingFile): AsyncIterable<Uint8Array> {
  let length = 0;
  for await (const chunk of content) {
    length += chunk.length;
    if (length > size) throw lengthError(path, "more");
    yield chunk;
  }
  if (length < size) throw lengthError(path, "less");
}

function lengthError(path: string, what: string): RefusedError {
  return new RefusedError(
    "invalid",
    `file.size_bytes: ${what} than that came of ${path}; send it again`,
    "file.size_bytes",
  );
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}
