import { RefusedError } from "#core/errors.ts";

/** Something that goes on by itself until it is stopped. */
export interface Loop {
  /** Lets the step under way end, then ends the loop. */
  stop(): Promise<void>;
}

export interface LoopOptions {
  /** For the log. */
  readonly name: string;
  /** Does what is due; answers in how many milliseconds it wants to be called again at the latest. */
  readonly step: (signal: AbortSignal) => Promise<number>;
  /** Calls `poke` whenever a step may be due before its time; ends when the signal aborts. */
  readonly wake?: (poke: () => void, signal: AbortSignal) => Promise<void>;
  readonly log: { error(details: Record<string, unknown>, message: string): void };
}

const longestSleep = 60_000;
/** After a step or a wake-up that failed. */
const retryAfter = 1_000;

/** Calls `step` again and again: when its time has come, or earlier when it is woken. Failures are told and tried again. */
export function startLoop({ name, step, wake, log }: LoopOptions): Loop {
  const stopping = new AbortController();
  const { signal } = stopping;
  let poked = false;
  let rouse = () => {};
  const poke = () => {
    poked = true;
    rouse();
  };
  const sleep = (milliseconds: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.max(0, Math.min(milliseconds, longestSleep)));
      rouse = () => {
        clearTimeout(timer);
        resolve();
      };
      if (poked || signal.aborted) rouse();
    });
  const failed = (error: unknown) => {
    // The store is away, and says so itself: nothing is wrong with the loop.
    const isAway = error instanceof RefusedError && error.refusal === "unavailable";
    if (!signal.aborted && !isAway) log.error({ err: error, loop: name }, "a loop failed and goes on");
    return retryAfter;
  };
  const run = async () => {
    while (!signal.aborted) {
      poked = false;
      await sleep(await step(signal).catch(failed));
    }
  };
  const listen = async () => {
    while (wake && !signal.aborted) {
      await wake(poke, signal).catch(failed);
      // Whatever was missed in between is found by looking.
      poke();
      if (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, retryAfter));
    }
  };
  const ended = run();
  void listen();
  return {
    async stop() {
      stopping.abort();
      rouse();
      await ended;
    },
  };
}
