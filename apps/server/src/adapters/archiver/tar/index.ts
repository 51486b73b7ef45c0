import { pipeline } from "node:stream/promises";
import { extract, type Pack, pack } from "tar-stream";
import type { Archiver, PackedFile } from "#core/ports/archiver.ts";

/** Of every file, so that the same files make the same archive. */
const modifiedAt = new Date(0);

/**
 * Packs files as tar. A file that begins with `#!` may be executed, unless it is said what may be done with it.
 */
export function tarArchiver(): Archiver {
  return {
    pack: (files) => packed((archive) => packAll(archive, files)),
    append: (other, files) =>
      packed(async (archive) => {
        await copyAll(archive, other);
        await packAll(archive, files);
      }),
  };
}

/** What `fill` puts into an archive, as it comes. */
async function* packed(fill: (archive: Pack) => Promise<void>): AsyncIterable<Uint8Array> {
  const archive = pack();
  const filled = fill(archive)
    .then(() => archive.finalize())
    .catch((error: unknown) => {
      archive.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  try {
    yield* archive as AsyncIterable<Uint8Array>;
  } finally {
    archive.destroy();
    await filled;
  }
}

async function packAll(archive: Pack, files: AsyncIterable<PackedFile>): Promise<void> {
  for await (const file of files) await packFile(archive, file);
}

/** Entry by entry: an archive's end cannot be told from a file of zeros by looking at its bytes. */
async function copyAll(archive: Pack, other: AsyncIterable<Uint8Array>): Promise<void> {
  const entries = extract();
  const reading = pipeline(other, entries);
  // told by the entries too; here only so that nobody misses it
  reading.catch(() => {});
  for await (const entry of entries) {
    const { name, size, mode, mtime, type, linkname } = entry.header;
    const header = { name, size, mode, mtime, type, linkname };
    if (type === "file" || type === "contiguous-file") await pipeline(entry, archive.entry(header));
    else {
      entry.resume();
      archive.entry(header);
    }
  }
  await reading;
}

async function packFile(archive: Pack, file: PackedFile): Promise<void> {
  if (file.path.endsWith("/")) {
    archive.entry({ name: file.path, type: "directory", mode: 0o755, mtime: modifiedAt });
    return;
  }
  const content = file.content[Symbol.asyncIterator]();
  try {
    const { bytes, mode: usualMode } = await beginning(content);
    const mode = file.mode ?? usualMode;
    const entry = archive.entry({ name: file.path, size: file.size, mode, mtime: modifiedAt, type: "file" });
    await pipeline(joined(bytes, content), entry);
  } finally {
    await content.return?.();
  }
}

/** Enough of the content to tell whether it is a script. */
async function beginning(
  content: AsyncIterator<Uint8Array>,
): Promise<{ readonly bytes: Buffer; readonly mode: number }> {
  let bytes = Buffer.alloc(0);
  while (bytes.length < 2) {
    const next = await content.next();
    if (next.done) break;
    bytes = Buffer.concat([bytes, next.value]);
  }
  return { bytes, mode: bytes.toString("latin1", 0, 2) === "#!" ? 0o755 : 0o644 };
}

async function* joined(first: Buffer, rest: AsyncIterator<Uint8Array>): AsyncIterable<Uint8Array> {
  if (first.length > 0) yield first;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}
