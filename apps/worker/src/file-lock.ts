import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";

const LOOK_MS = 100;

/**
 * Takes a lock that the kernel drops with the process, among all processes of the machine: Node has no file locks of its
 * own, but SQLite's exclusive mode holds a real one. Undefined when another has it.
 */
export function tryLock(path: string): (() => void) | undefined {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec("PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    if (error instanceof Error && /locked|busy/i.test(error.message)) return undefined;
    throw error;
  }
  return () => database.close();
}

/** Waits for a lock. @throws the reason of the signal, or why the file cannot be used */
export async function lock(path: string, signal: AbortSignal): Promise<() => void> {
  for (;;) {
    signal.throwIfAborted();
    const release = tryLock(path);
    if (release) return release;
    await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined);
  }
}
