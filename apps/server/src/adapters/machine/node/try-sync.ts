import { randomUUID } from "node:crypto";
import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Machine } from "#core/ports/machine.ts";

const tries = 5;

/** Writes a small file in a folder and makes it durable, a few times; nothing of it stays. */
export async function trySync(folder: string): ReturnType<Machine["trySync"]> {
  const path = join(folder, `.check-${randomUUID()}`);
  const file = await open(path, "wx", 0o600);
  try {
    const times: number[] = [];
    for (let n = 0; n < tries; n++) {
      await file.write("x");
      const begun = performance.now();
      await file.datasync();
      times.push(performance.now() - begun);
    }
    times.sort((a, b) => a - b);
    return { milliseconds: times[Math.floor(tries / 2)]!, fileTime: (await file.stat()).mtimeMs };
  } finally {
    await file.close();
    await rm(path, { force: true });
  }
}
