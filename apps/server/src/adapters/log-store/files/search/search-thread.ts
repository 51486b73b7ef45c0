import { setPriority } from "node:os";
import { parentPort } from "node:worker_threads";
import { RefusedError } from "#core/errors.ts";
import type { LineRun } from "#core/logs/log.ts";
import type { SearchProgress } from "#core/logs/log-query.ts";
import { LogFolder } from "../log-folder.ts";
import { OpenFiles } from "../open-files.ts";
import { lineFinder } from "./line-finder.ts";
import { searchLines } from "./search-lines.ts";
import type { SearchAnswer, SearchTask } from "./search-messages.ts";

/** Shortest time between two answers about one search, in milliseconds. */
const restBetween = 100;
/** Lowest priority, that of the thread alone: everything else the server does comes first. */
const leastPriority = 19;

const port = parentPort;
if (!port) throw new Error("this is a thread");
try {
  setPriority(leastPriority);
} catch {
  // Not everywhere may a thread step back; it then shares equally.
}
const files = new OpenFiles(4);
const tell = (answer: SearchAnswer) => port.postMessage(answer);

port.on("message", (task: SearchTask) => {
  void answer(task).catch((error: unknown) =>
    tell(
      error instanceof RefusedError
        ? { refusal: error.message }
        : { failure: error instanceof Error ? (error.stack ?? error.message) : String(error) },
    ),
  );
});

async function answer({ path, state, query, milliseconds, cancelled }: SearchTask): Promise<void> {
  const until = performance.now() + milliseconds;
  const isOver = () => Atomics.load(cancelled, 0) !== 0 || performance.now() > until;
  const log = { taskId: 0, folder: new LogFolder(path, files), state, lineBytes: 0 };
  let told = performance.now();
  const lines: number[] = [];
  const runs: LineRun[] = [];
  try {
    for await (const progress of searchLines({ log, query, finder: lineFinder(query), isOver })) {
      for (const line of progress.lines) lines.push(line);
      for (const run of progress.runs) runs.push(run);
      if (!progress.end && performance.now() - told < restBetween) continue;
      told = performance.now();
      tell({ progress: { ...progress, lines: lines.splice(0), runs: runs.splice(0) } satisfies SearchProgress });
    }
  } finally {
    // The log may be removed before the next search.
    await files.closeAll();
  }
}
