import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { LogStore } from "#core/ports/log-store.ts";
import type { TaskId } from "#core/tasks/task.ts";
import { limitsOf } from "./limits.ts";
import { listLogs } from "./list-logs.ts";
import { LogFolder } from "./log-folder.ts";
import { TailRoom } from "./log-tail.ts";
import { OpenFiles } from "./open-files.ts";
import { SearchPool } from "./search/search-pool.ts";
import { TaskLog } from "./task-log.ts";

export interface FileLogStoreOptions {
  readonly folder: string;
  /** Told of what had to be cut off after the server ended in the midst of a write. */
  readonly log?: (message: string) => void;
  /** Chunks whose files stay open without being used; 2 files each. */
  readonly openChunks?: number;
  /** Of a log so many bytes are kept, of a longer one half of that from its beginning and half from its end. */
  readonly taskBytes?: number;
  /** Bytes of a line that are shown. */
  readonly lineBytes?: number;
  /** Bytes of a chunk; less when so few fit into a log. */
  readonly chunkBytes?: number;
  /** What a search may take before it ends with what it has found. */
  readonly searchMilliseconds?: number;
}

/** Logs that are remembered though nobody uses them, and tasks that are remembered as ended. */
const mostIdle = 1_024;
const mostSealed = 65_536;

/**
 * Logs in a folder: for each task a folder of chunks, each a file of bytes, exactly as they came, and one that says of
 * each piece whose it is, when it came, and which lines are where.
 *
 * What `append` has answered outlives the death of this process, but not that of the machine's power: the files are left
 * to the operating system to write to the disk.
 */
export async function fileLogStore(options: FileLogStoreOptions): Promise<LogStore> {
  const { folder, log: tell = () => {}, openChunks = 256 } = options;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const files = new OpenFiles(openChunks);
  const room = new TailRoom();
  const limits = limitsOf(options);
  const pool = new SearchPool(options.searchMilliseconds);
  const logs = new Map<TaskId, { readonly taskLog: TaskLog; users: number }>();
  const sealed = new Set<TaskId>();
  let closed = false;

  function take(taskId: TaskId): { readonly taskLog: TaskLog; users: number } {
    if (closed) throw new Error("the log store is closed");
    if (!Number.isSafeInteger(taskId) || taskId < 0) throw new Error("a task's id is a positive whole number");
    let entry = logs.get(taskId);
    if (!entry) {
      const path = join(folder, String(Math.floor(taskId / 1000)), String(taskId));
      entry = { taskLog: new TaskLog({ taskId, folder: new LogFolder(path, files), limits, room, tell }), users: 0 };
      if (sealed.has(taskId)) entry.taskLog.seal();
    }
    // The map's order is the order of use.
    logs.delete(taskId);
    logs.set(taskId, entry);
    entry.users++;
    return entry;
  }

  function release(entry: { users: number }): void {
    entry.users--;
    for (const [taskId, candidate] of logs) {
      if (logs.size <= mostIdle) return;
      if (candidate.users === 0) logs.delete(taskId);
    }
  }

  async function use<T>(taskId: TaskId, act: (taskLog: TaskLog) => Promise<T>): Promise<T> {
    const entry = take(taskId);
    try {
      return await act(entry.taskLog);
    } finally {
      release(entry);
    }
  }

  async function* iterate<T>(taskId: TaskId, act: (taskLog: TaskLog) => AsyncIterable<T>): AsyncIterable<T> {
    if (closed) return;
    const entry = take(taskId);
    try {
      yield* act(entry.taskLog);
    } finally {
      release(entry);
    }
  }

  return {
    append: (attempt, offset, pieces) => use(attempt.taskId, (taskLog) => taskLog.append({ attempt, offset, pieces })),
    kept: (attempt) => use(attempt.taskId, (taskLog) => taskLog.kept(attempt)),
    size: (taskId) => use(taskId, (taskLog) => taskLog.size()),
    readLines: (taskId, firstLine, limit) => use(taskId, (taskLog) => taskLog.readLines(firstLine, limit)),
    read: (taskId, offset, limit) => use(taskId, (taskLog) => taskLog.read(offset, limit)),
    tail: (taskId, lines) => use(taskId, (taskLog) => taskLog.tail(lines)),
    attempts: (taskId) => use(taskId, (taskLog) => taskLog.attempts()),
    search: (taskId, query, signal) => iterate(taskId, (taskLog) => taskLog.search(pool, query, signal)),
    follow: (taskId, offset, signal, newest) => iterate(taskId, (taskLog) => taskLog.follow(offset, signal, newest)),
    seal(taskId) {
      sealed.add(taskId);
      for (const oldest of sealed) {
        if (sealed.size <= mostSealed) break;
        sealed.delete(oldest);
      }
      logs.get(taskId)?.taskLog.seal();
    },
    remove: (taskId) => use(taskId, (taskLog) => taskLog.remove()),
    list: () => listLogs(folder),
    async close() {
      closed = true;
      await pool.close();
      await Promise.all([...logs.values()].map(({ taskLog }) => taskLog.stop()));
      await files.closeAll();
    },
  };
}
