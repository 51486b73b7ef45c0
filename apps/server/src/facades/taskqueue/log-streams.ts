import type { TaskId } from "#core/tasks/task.ts";

/** Milliseconds without a message after which a stream has nothing on its way, as far as anybody can tell. */
const quiet = 100;
/** Workers wait 5 s for the answer to a report. */
const longest = 2_000;

/** A stream on which a worker sends output. */
interface OpenStream {
  /** It has brought output of the task just now. */
  heard(taskId: TaskId): void;
  /** All that has come on it is kept, and nothing more will come. */
  end(): void;
}

/**
 * The streams of output that are open, so that an end that is told on another way waits for what was sent before it.
 */
export class LogStreams {
  readonly #open = new Map<TaskId, Map<object, { heardAt: number; readonly ended: Promise<void> }>>();

  open(): OpenStream {
    const key = {};
    const tasks = new Set<TaskId>();
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    return {
      heard: (taskId) => {
        tasks.add(taskId);
        const streams = this.#open.get(taskId) ?? new Map<object, { heardAt: number; readonly ended: Promise<void> }>();
        this.#open.set(taskId, streams);
        streams.set(key, { heardAt: performance.now(), ended });
      },
      end: () => {
        for (const taskId of tasks) {
          const streams = this.#open.get(taskId);
          streams?.delete(key);
          if (streams?.size === 0) this.#open.delete(taskId);
        }
        resolve();
      },
    };
  }

  /** Resolves when nothing of a task's output seems to be on its way any more; in two seconds at the latest. */
  async settled(taskId: TaskId): Promise<void> {
    const until = performance.now() + longest;
    for (let streams = this.#open.get(taskId); streams; streams = this.#open.get(taskId)) {
      const now = performance.now();
      const left = Math.max(...[...streams.values()].map(({ heardAt }) => heardAt + quiet - now));
      if (left <= 0 || now >= until) return;
      const passed = Promise.withResolvers<void>();
      const timer = setTimeout(passed.resolve, left);
      await Promise.race([passed.promise, Promise.all([...streams.values()].map(({ ended }) => ended))]);
      clearTimeout(timer);
    }
  }
}
