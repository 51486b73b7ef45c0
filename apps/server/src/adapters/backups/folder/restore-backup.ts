import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { copyFile, mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { RefusedError } from "#core/errors.ts";
import type { ObjectStore } from "#core/ports/object-store.ts";
import { type Copied, describeFile, syncFile, unlessMissing } from "./copy-files.ts";
import { checksumsName, databaseName, type Manifest, readManifest } from "./manifest.ts";

/** Where everything is put until it is whole. */
const draftName = "restoring";
/** What a data folder may have before: keys that were put there by hand. */
const allowed = new Set(["master.key", draftName]);

export interface RestoreAsk {
  readonly backup: string;
  /** Must be empty, or not be there. */
  readonly dataFolder: string;
  /** The newest tables that this server knows. */
  readonly tables: number;
  /** Opened when everything else is checked. */
  readonly objects: () => Promise<ObjectStore>;
}

/**
 * Puts a backup into an empty data folder, after a check of every file in it. Until the last step the folder has nothing
 * but a draft, so that it can be asked for again.
 *
 * @returns how many files were restored
 * @throws RefusedError `not-found` or `invalid` for what is no whole backup, or of a newer version; `conflict` for a data
 * folder that is in use
 */
export async function restoreBackup({ backup, dataFolder, tables, objects }: RestoreAsk): Promise<number> {
  const manifest = await readManifest(backup);
  if (manifest.tables > tables) {
    throw new RefusedError(
      "invalid",
      `${backup} was made by version ${manifest.version} of the server (tables ${manifest.tables}, this version knows up ` +
        `to ${tables}); restore it with that version or a later one`,
    );
  }
  await refuseUsed(dataFolder);
  const draft = join(dataFolder, draftName);
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { recursive: true, mode: 0o700 });
  const files = await readChecksums(backup, manifest);
  for (const file of files.filter(({ path }) => !isObject(path))) await copyChecked(backup, draft, file);
  checkDatabase(join(draft, databaseName));
  const kept = files.filter(({ path }) => isObject(path));
  if (kept.length > 0) await putObjects(await objects(), backup, kept);
  // The database last: without it the folder is an empty one that may be restored into again.
  const names = await readdir(draft);
  for (const name of [...names.filter((name) => name !== databaseName), databaseName]) {
    await rename(join(draft, name), join(dataFolder, name));
  }
  await rm(draft, { recursive: true, force: true });
  await syncFile(dataFolder);
  return files.length;
}

async function refuseUsed(dataFolder: string): Promise<void> {
  const found = ((await unlessMissing(readdir(dataFolder))) ?? []).filter((name) => !allowed.has(name));
  if (found.length === 0) return;
  throw new RefusedError(
    "conflict",
    `the data folder ${dataFolder} is not empty (${found.slice(0, 3).join(", ")}): restore into a new one, by TRIBUTARY_DATA`,
  );
}

async function readChecksums(backup: string, { checksums }: Manifest): Promise<readonly Copied[]> {
  const text = await readFile(join(backup, checksumsName), "utf8").catch(() => {
    throw damaged(backup, `${checksumsName} is missing`);
  });
  if (createHash("sha256").update(text).digest("hex") !== checksums) {
    throw damaged(backup, `${checksumsName} was changed`);
  }
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [, sha256 = "", size = "", path = ""] = /^([0-9a-f]{64}) (\d+) (.+)$/.exec(line) ?? [];
      const isBelow = resolve(backup, path).startsWith(resolve(backup) + sep);
      if (sha256 === "" || !isBelow) throw damaged(backup, `${checksumsName} has a line that is not one of ours`);
      return { sha256, size: Number(size), path };
    });
}

async function copyChecked(backup: string, draft: string, { path, sha256 }: Copied): Promise<void> {
  const to = join(draft, path);
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  await copyFile(join(backup, path), to).catch(() => {
    throw damaged(backup, `${path} is missing`);
  });
  await syncFile(to);
  if ((await describeFile(to, draft)).sha256 !== sha256) throw damaged(backup, `${path} was changed`);
}

function checkDatabase(file: string): void {
  const database = new DatabaseSync(file);
  try {
    const problems = database.prepare("pragma integrity_check").all() as { integrity_check: string }[];
    const [first] = problems;
    if (first?.integrity_check !== "ok") throw damaged(file, first?.integrity_check ?? "it cannot be checked");
  } finally {
    database.close();
  }
}

async function putObjects(objects: ObjectStore, backup: string, files: readonly Copied[]): Promise<void> {
  for (const { path, sha256 } of files) {
    const check = async ({ hash }: { readonly hash: string }) => {
      if (hash !== sha256) throw damaged(backup, `${path} was changed`);
    };
    await objects.put(createReadStream(join(backup, path)), undefined, check);
  }
}

function isObject(path: string): boolean {
  return path.startsWith("objects/");
}

function damaged(where: string, what: string): RefusedError {
  return new RefusedError("invalid", `${where} is damaged: ${what}; take another backup`);
}
