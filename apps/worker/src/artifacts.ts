import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { access, glob, open, stat } from "node:fs/promises";
import { join } from "node:path";
import { create } from "@bufbuild/protobuf";
import {
  type ArtifactHeader,
  type AttemptRef,
  type StoreArtifactRequest,
  StoreArtifactRequestSchema,
} from "@tributary/proto/tributary/v1/dispatch_pb";
import { isFileInside, listChangedFiles, listFiles } from "./changed-files.ts";
import { isDefinite } from "./connection.ts";
import type { InputFile } from "./inputs.ts";
import { checkRelative, leadsInside } from "./inside.ts";
import { StepFailure } from "./step-failure.ts";
import type { Uplink } from "./uplink.ts";

const CHUNK = 256 * 1024;
const COUNT_LIMIT = 10_000;
/** Times that a file is read which changes meanwhile. */
const CHANGES = 3;

/** Which files an attempt leaves. */
interface ArtifactWish {
  readonly folder: string;
  readonly saveChangedFiles: boolean;
  /** Files, folders or patterns such as `out/*.csv`, relative to the folder. */
  readonly paths: readonly string[];
  readonly inputs: ReadonlyMap<string, InputFile>;
  /** Takes lines for the attempt's log. */
  readonly say: (text: string) => void;
  /** Masks secrets in a text. */
  readonly masked: (text: string) => string;
}

/** Stores what an attempt leaves, and says how much it was. @throws StepFailure, or the reason of the signal */
export async function keepArtifacts(
  uplink: Pick<Uplink, "call" | "workerId">,
  attempt: AttemptRef,
  wish: ArtifactWish,
  signal: AbortSignal,
): Promise<void> {
  const files = await listArtifacts(wish);
  for (const path of files) await storeArtifact(uplink, wish.folder, { attempt, path }, signal);
  if (files.length > 0) wish.say(`Kept ${files.length} ${files.length === 1 ? "file" : "files"}`);
}

/** The files to store, sorted. A path that leads nowhere, or outside, is told in the log and left out. */
async function listArtifacts(wish: ArtifactWish): Promise<string[]> {
  const { folder, saveChangedFiles, paths, inputs, say } = wish;
  const found = new Set(saveChangedFiles ? await listChangedFiles(folder, inputs) : []);
  for (const path of paths) {
    const files = await expand(folder, path, say);
    if (files.length === 0) say(`No file to keep at "${path}"`);
    for (const file of files) found.add(file);
  }
  if (found.size > COUNT_LIMIT) {
    throw new StepFailure(
      "too-many-artifacts",
      `The run left ${found.size} files to keep, and ${COUNT_LIMIT} is the most.`,
      {
        hint: "Name the files in artifact paths, or pack them into an archive.",
      },
    );
  }
  return [...found].sort().filter((path) => isNameToTell(path, wish));
}

/** Names are shown to all who see the task, and the content of files only to those who ask for it. */
function isNameToTell(path: string, { masked, say }: ArtifactWish): boolean {
  if (masked(path) === path) return true;
  say(`A file is not kept, as its name has a secret in it: ${path}`);
  return false;
}

async function expand(folder: string, wanted: string, say: (text: string) => void): Promise<string[]> {
  let path: string;
  try {
    path = checkRelative(wanted);
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    return [];
  }
  const literal = await expandOne(folder, path);
  if (literal.length > 0 || !/[*?[{]/.test(path)) return literal;
  const found: string[] = [];
  for await (const match of glob(path, { cwd: folder })) found.push(...(await expandOne(folder, match)));
  return found;
}

/** A file is itself, a folder all files below it; anything else, or outside, is nothing. */
async function expandOne(folder: string, path: string): Promise<string[]> {
  if (!leadsInside(folder, path)) return [];
  const found = await stat(join(folder, path)).catch(() => undefined);
  if (found?.isDirectory()) return listFiles(folder, path);
  return found && (await isFileInside(folder, path)) ? [path] : [];
}

/**
 * Stores one file; begins anew when the connection breaks.
 *
 * @throws StepFailure `artifact-refused` when the server does not take it, `artifact-changed` when it never stands still
 */
async function storeArtifact(
  uplink: Pick<Uplink, "call" | "workerId">,
  folder: string,
  header: Pick<ArtifactHeader, "attempt" | "path">,
  signal: AbortSignal,
): Promise<void> {
  for (let tries = 0; tries < CHANGES; tries++) {
    if (await storeOnce(uplink, folder, header, signal)) return;
  }
  throw new StepFailure("artifact-changed", `The file "${header.path}" changed each time while it was being kept.`, {
    hint: "Something that the run started could not be ended and still writes to it.",
  });
}

/** False when the file changed meanwhile. */
async function storeOnce(
  uplink: Pick<Uplink, "call" | "workerId">,
  folder: string,
  header: Pick<ArtifactHeader, "attempt" | "path">,
  signal: AbortSignal,
): Promise<boolean> {
  const workerId = uplink.workerId;
  const read: ReadFile = { sha256: "", changed: false };
  const parts = () => readParts(folder, { workerId, ...header }, read);
  try {
    // Fails here, at once, for a file that cannot be read: within the call it would look like a broken connection.
    await access(join(folder, header.path), constants.R_OK);
    const stored = await uplink.call((client) => client.storeArtifact(parts(), { signal }), { signal, tries: 20 });
    if (!read.changed && stored.sha256 !== read.sha256) throw new Error("the server has other bytes than were read");
    return !read.changed;
  } catch (error) {
    signal.throwIfAborted();
    const why = error instanceof Error ? error.message : String(error);
    throw new StepFailure("artifact-refused", `The file "${header.path}" could not be kept: ${why}`, {
      system: !isDefinite(error),
    });
  }
}

/** What was sent of a file the last time. */
interface ReadFile {
  sha256: string;
  changed: boolean;
}

async function* readParts(
  folder: string,
  header: { workerId: string; path: string; attempt?: ArtifactHeader["attempt"] },
  read: ReadFile,
): AsyncGenerator<StoreArtifactRequest> {
  const { workerId, path } = header;
  const attempt = header.attempt ? { attempt: header.attempt } : {};
  yield create(StoreArtifactRequestSchema, { part: { case: "header", value: { workerId, path, ...attempt } } });
  // Nothing of the attempt lives any more, so what was checked to be a file inside is one still.
  await using file = await open(join(folder, path), constants.O_RDONLY | constants.O_NONBLOCK);
  const before = await file.stat();
  const hash = createHash("sha256");
  let size = 0;
  for await (const chunk of file.createReadStream({ highWaterMark: CHUNK, autoClose: false })) {
    hash.update(chunk);
    size += chunk.length;
    yield create(StoreArtifactRequestSchema, { part: { case: "content", value: chunk } });
  }
  const after = await file.stat();
  read.sha256 = hash.digest("hex");
  read.changed = size !== before.size || after.size !== before.size || after.mtimeMs !== before.mtimeMs;
}
