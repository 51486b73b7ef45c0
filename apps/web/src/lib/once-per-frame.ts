/** Asks for one run of something per picture, however often it is asked. */
export interface FrameTask {
  ask(): void;
  cancel(): void;
}

/** Hidden pages get no frames: there it runs a few times a second. */
const hiddenApart = 200;

/**
 * Runs `task` at the next frame after a {@link FrameTask.ask}; many asks are one run.
 *
 * @param apart - asked at each ask: milliseconds from one run to the next, at least
 */
export function oncePerFrame(task: () => void, apart: () => number): FrameTask {
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
      const wait = ran + (document.hidden ? hiddenApart : apart()) - performance.now();
      if (wait > 0 || document.hidden) {
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
