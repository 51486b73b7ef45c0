/** Asks for one run of something per picture, however often it is asked. */
export interface FrameTask {
  ask(): void;
  cancel(): void;
}

/** Hidden pages get no frames: there, and for what nobody waits for, it runs a few times a second. */
const slowDelay = 200;
/** Nobody reads faster; a quarter of the work is left for everything else. */
const leastApart = 50;

/**
 * Runs `task` at the next frame after a {@link FrameTask.ask}, at most some 20 times a second; many asks are one run.
 *
 * @param slow - asked at each ask: whether a few times a second is enough
 */
export function oncePerFrame(task: () => void, slow: () => boolean): FrameTask {
  let stop: (() => void) | undefined;
  let ran = Number.NEGATIVE_INFINITY;
  const run = () => {
    stop = undefined;
    ran = performance.now();
    task();
  };
  return {
    ask() {
      if (stop !== undefined) return;
      const wait = document.hidden || slow() ? slowDelay : ran + leastApart - performance.now();
      if (wait > 0) {
        const timer = setTimeout(run, wait);
        stop = () => clearTimeout(timer);
      } else {
        const frame = requestAnimationFrame(run);
        stop = () => cancelAnimationFrame(frame);
      }
    },
    cancel() {
      stop?.();
      stop = undefined;
    },
  };
}
