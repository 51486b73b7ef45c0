import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { extract } from "tar-stream";

export interface UnpackedEntry {
  readonly content: Buffer;
  readonly mode: number | undefined;
  readonly modifiedAt: number | undefined;
}

/** Entries of a tar stream by path. */
export async function unpackEntries(bytes: AsyncIterable<Uint8Array>): Promise<ReadonlyMap<string, UnpackedEntry>> {
  const entries = new Map<string, UnpackedEntry>();
  const archive = extract();
  // A failure of the bytes comes out of the archive too.
  const fed = pipeline(Readable.from(bytes), archive).catch(() => {});
  for await (const entry of archive) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry as AsyncIterable<Buffer>) chunks.push(chunk);
    const { name, mode, mtime } = entry.header;
    entries.set(name, { content: Buffer.concat(chunks), mode, modifiedAt: mtime?.getTime() });
  }
  await fed;
  return entries;
}

/** Contents by path; of links and folders, nothing. */
export async function unpack(bytes: AsyncIterable<Uint8Array>): Promise<ReadonlyMap<string, Buffer>> {
  return new Map([...(await unpackEntries(bytes))].map(([path, { content }]) => [path, content]));
}
