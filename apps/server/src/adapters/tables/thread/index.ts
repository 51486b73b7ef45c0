import { Worker } from "node:worker_threads";
import { RefusedError } from "#core/errors.ts";
import type { FileBytes, TablePage, Tables } from "#core/ports/tables.ts";
import type { FromThread, TableWork, ToThread } from "./messages.ts";

/** How many pages are read at once, how long one may take, and what a thread may hold. */
const limits = { threads: 2, waiting: 50, milliseconds: 20_000, megabytes: 256 };

/**
 * Tables read in threads: a file that somebody has made to take for ever, or all memory, costs its own page and nothing
 * else.
 */
export function threadTables({ milliseconds = limits.milliseconds } = {}): Tables {
  let running = 0;
  const queue: (() => void)[] = [];

  async function turn(): Promise<void> {
    if (running >= limits.threads) {
      if (queue.length >= limits.waiting) {
        throw new RefusedError("exhausted", "too many tables are being read; try again in a moment");
      }
      await new Promise<void>((resolve) => queue.push(resolve));
    } else running += 1;
  }

  /** The place goes to whoever waits longest. */
  function done(): void {
    const next = queue.shift();
    if (next) next();
    else running -= 1;
  }

  return {
    async read(format, file, ask, signal) {
      await turn();
      try {
        signal.throwIfAborted();
        return await readInThread({ format, size: file.size, ask }, file, signal, milliseconds);
      } finally {
        done();
      }
    },
  };
}

async function readInThread(
  work: TableWork,
  file: FileBytes,
  signal: AbortSignal,
  milliseconds: number,
): Promise<TablePage> {
  const thread = new Worker(new URL("./table-thread.ts", import.meta.url), {
    workerData: work,
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: limits.megabytes },
  });
  const page = Promise.withResolvers<TablePage>();
  const broken = (problem: string): TablePage => ({
    columns: [],
    columnCount: 0,
    rows: [],
    firstRow: work.ask.at?.row ?? 0,
    problem,
  });
  const timer = setTimeout(
    () => page.resolve(broken(`it took longer than ${milliseconds / 1_000} s to read; download it instead`)),
    milliseconds,
  );
  const leave = () => page.reject(signal.reason as Error);
  signal.addEventListener("abort", leave);
  thread.on("message", (message: FromThread) => {
    if (message.kind === "page") return page.resolve(message.page);
    file.read(message.from, message.to).then((bytes) => {
      // Some reads answer a part of a larger buffer.
      thread.postMessage({ id: message.id, bytes: bytes.slice() } satisfies ToThread);
    }, page.reject);
  });
  thread.once("error", (error: Error & { code?: string }) => {
    const isMemory = error.code === "ERR_WORKER_OUT_OF_MEMORY";
    page.resolve(
      broken(isMemory ? "it needs more memory than there is to show it; download it instead" : error.message),
    );
  });
  thread.once("exit", () => page.resolve(broken("its reader has ended")));
  try {
    return await page.promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", leave);
    await thread.terminate();
  }
}
