import { Readable } from "node:stream";
import { finished } from "node:stream/promises";
import { ZipFile } from "yazl";
import type { Zip, ZipEntry } from "#core/ports/zip.ts";

/** Archives of any size: entries are compressed as they come and may be larger than 4 GiB. */
export function yazlZip(): Zip {
  return {
    async *pack(entries) {
      const zip = new ZipFile();
      const output = Readable.from(zip.outputStream);
      const adding = addAll(zip, entries).catch((error: unknown) => {
        output.destroy(error instanceof Error ? error : new Error(String(error)));
      });
      try {
        yield* output as AsyncIterable<Buffer>;
      } finally {
        output.destroy();
        void adding;
      }
    },
  };
}

async function addAll(zip: ZipFile, entries: AsyncIterable<ZipEntry>): Promise<void> {
  for await (const { name, bytes } of entries) {
    const content = Readable.from(bytes, { objectMode: false });
    zip.addReadStream(content, name, { forceZip64Format: true, compress: true });
    await finished(content, { writable: false });
  }
  zip.end();
}
