import { open } from "node:fs/promises";

const longest = 65_536;

/** The end of a file, 64 KiB at most; undefined where there is none. */
export async function readTail(path: string): Promise<string | undefined> {
  try {
    const file = await open(path, "r");
    try {
      const { size } = await file.stat();
      const from = Math.max(0, size - longest);
      const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.min(size, longest)), { position: from });
      return buffer.subarray(0, bytesRead).toString("utf8");
    } finally {
      await file.close();
    }
  } catch {
    return undefined;
  }
}
