import { open, rename, rm, stat } from "node:fs/promises";
import { LogFolder, unlessMissing } from "./log-folder.ts";
import { emptyLog, type LogState } from "./log-state.ts";
import { LogWriter } from "./log-writer.ts";
import { OpenFiles } from "./open-files.ts";
import { type ChunkLimit, planWrites } from "./planned-write.ts";
import { readAt } from "./positional.ts";
import { decodeFormer, formerRecordSize } from "./record.ts";

/**
 * Takes a log of the layout before chunks, one file of bytes and one of records beside where the folder is now, over into
 * its folder. Once the folder is there it counts, and what is left of the former files goes.
 *
 * @returns whether there was one
 */
export async function takeOverFormer(path: string, limit: ChunkLimit): Promise<boolean> {
  const index = await unlessMissing(open(`${path}.index`, "r"));
  if (!index) return false;
  try {
    if (!(await unlessMissing(stat(path)))) await copyTo(path, index, limit);
  } finally {
    await index.close();
  }
  await removeFormer(path);
  return true;
}

export async function removeFormer(path: string): Promise<void> {
  await rm(`${path}.index`, { force: true });
  await rm(`${path}.log`, { force: true });
}

async function copyTo(path: string, index: Copy["index"], limit: ChunkLimit): Promise<void> {
  const bytes = await unlessMissing(open(`${path}.log`, "r"));
  if (!bytes) return;
  const made = `${path}.new`;
  await rm(made, { recursive: true, force: true });
  try {
    await copyPieces({ index, bytes, made, limit });
  } finally {
    await bytes.close();
  }
  // Without a single whole record there is nothing to take over.
  await unlessMissing(rename(made, path));
}

interface Copy {
  readonly index: Awaited<ReturnType<typeof open>>;
  readonly bytes: Awaited<ReturnType<typeof open>>;
  readonly made: string;
  readonly limit: ChunkLimit;
}

async function copyPieces({ index, bytes, made, limit }: Copy): Promise<void> {
  const files = new OpenFiles(1);
  const folder = new LogFolder(made, files);
  const writer = new LogWriter();
  let state: LogState = emptyLog;
  const { size } = await index.stat();
  for (let at = 0; at < size; at += formerRecordSize) {
    const record = decodeFormer(await readAt(index, at, formerRecordSize), 0);
    if (!record) break;
    const { stream, at: time, attempt: number, attemptOffset } = record;
    const content = await readAt(bytes, record.offset, record.length);
    if (content.length < record.length) break;
    const append = {
      attempt: { taskId: 0, number },
      offset: attemptOffset,
      pieces: [{ stream, at: time, bytes: content }],
    };
    const writes = planWrites(state, [append], limit);
    for (let next = writes.next(); !next.done; next = writes.next(state)) {
      await writer.write(folder, next.value);
      state = next.value.state;
    }
  }
  await files.closeAll();
}
