import type { AttemptRef, TaskId } from "#core/tasks/task.ts";

/** Milliseconds in which a task that was handed out may be on its way. */
const onItsWay = 10_000;
/** Source: scitq's newest server fails what a worker has not listed for a minute. */
const missingFor = 60_000;

/** What a worker lists with a ping. */
export interface Listed {
  /** Ids of all tasks that it has; undefined for a worker that does not tell. */
  readonly known: ReadonlySet<TaskId> | undefined;
  /** On the monotonic clock, in milliseconds. */
  readonly at: number;
}

/** When things happened to an attempt, on the monotonic clock. */
interface Times {
  handedOutAt?: number;
  missingSince?: number;
  cancelToldAt?: number;
}

/**
 * What one worker was told and has listed, attempt by attempt. Memory of this process: after a start of the server what
 * the worker lists says the rest.
 */
export class WorkerMemory {
  #times = new Map<string, Times>();

  /** Forgets all attempts but these. */
  keep(attempts: readonly AttemptRef[]): void {
    const keys = new Set(attempts.map(keyOf));
    for (const key of this.#times.keys()) if (!keys.has(key)) this.#times.delete(key);
  }

  /**
   * Whether a task that the worker has not accepted is to be handed out now: once, and again when it has not come in.
   *
   * Source: scitq's newest worker asks again before it has looked at the last answer, and accepts a task that it is shown
   * twice a second time, though it has run it meanwhile.
   */
  handOut(attempt: AttemptRef, { known, at }: Listed): boolean {
    const times = this.#of(attempt);
    if (known?.has(attempt.taskId)) {
      times.handedOutAt = at;
      return false;
    }
    if (times.handedOutAt !== undefined && at - times.handedOutAt < onItsWay) return false;
    times.handedOutAt = at;
    return true;
  }

  /** Whether a task that the worker has begun has been missing from what it lists for too long. */
  isLost(attempt: AttemptRef, { known, at }: Listed): boolean {
    const times = this.#of(attempt);
    if (!known || known.has(attempt.taskId)) {
      delete times.missingSince;
      return false;
    }
    times.missingSince ??= at;
    return at - times.missingSince >= missingFor;
  }

  /** How long ago the worker was first told to end a task, in milliseconds. */
  sinceCancel(attempt: AttemptRef, at: number): number {
    const times = this.#of(attempt);
    times.cancelToldAt ??= at;
    return at - times.cancelToldAt;
  }

  #of(attempt: AttemptRef): Times {
    const key = keyOf(attempt);
    const times = this.#times.get(key) ?? {};
    this.#times.set(key, times);
    return times;
  }
}

function keyOf({ taskId, number }: AttemptRef): string {
  return `${taskId}.${number}`;
}
