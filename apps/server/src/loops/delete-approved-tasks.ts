import type { Entry } from "#core/journal/entry.ts";
import type { Ports } from "#core/ports/index.ts";
import { deleteApprovedTasks } from "#core/tasks/delete-task.ts";
import { type Loop, type LoopOptions, startLoop } from "#loops/loop.ts";

const look = 30_000;

/** Deletes tasks that ran when their deletion was approved, once they have ended. */
export function startDeleteApprovedTasks(
  ports: Pick<Ports, "store" | "logs" | "clock">,
  log: LoopOptions["log"],
): Loop {
  const { store } = ports;
  return startLoop({
    name: "delete-approved-tasks",
    log,
    async step() {
      await deleteApprovedTasks(ports);
      return look;
    },
    async wake(poke, signal) {
      // approval cancels what runs
      const isCancelled = (entry: Entry) => entry.kind === "task-ended" && entry.state === "cancelled";
      for await (const _ of store.follow(store.position(), signal, isCancelled)) poke();
    },
  });
}
