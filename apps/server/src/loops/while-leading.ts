import type { Leadership } from "#core/servers/leadership.ts";
import type { Loop } from "#loops/loop.ts";

/** Runs loops as long as this server leads. What they do is safe to be done twice; it need only not be done by all. */
export function startWhileLeading(leadership: Leadership, start: () => readonly Loop[]): Loop {
  let running: readonly Loop[] = [];
  let stopped = false;
  let settled = Promise.resolve();
  const settle = async () => {
    const wanted = leadership.leads && !stopped;
    if (wanted && running.length === 0) running = start();
    if (wanted || running.length === 0) return;
    const ending = running;
    running = [];
    await Promise.all(ending.map((loop) => loop.stop()));
  };
  const change = () => {
    settled = settled.then(settle);
  };
  leadership.onChange(change);
  change();
  return {
    async stop() {
      stopped = true;
      change();
      await settled;
    },
  };
}
