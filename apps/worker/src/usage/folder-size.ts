import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";

/** Entries after which a folder is only said to have at least so much. */
const ENTRY_LIMIT = 200_000;

/** The room on the disk that a folder and all below it take, in bytes; links are not followed. */
export async function folderSize(path: string): Promise<number> {
  const waiting = [path];
  let [bytes, entries] = [0, 0];
  for (let folder = waiting.pop(); folder !== undefined && entries < ENTRY_LIMIT; folder = waiting.pop()) {
    // What goes while this looks is nobody's size.
    for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
      entries++;
      const child = join(folder, entry.name);
      if (entry.isDirectory()) waiting.push(child);
      bytes += await lstat(child).then(
        ({ blocks }) => blocks * 512,
        () => 0,
      );
    }
  }
  return bytes;
}
