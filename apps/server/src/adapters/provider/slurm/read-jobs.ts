import type { Instance } from "#core/ports/provider.ts";

/** What {@link readJobs} takes: id, state, nodes, reason and name. */
export const jobFormat = "%i|%T|%N|%r|%j";

const waiting = new Set(["PENDING", "CONFIGURING", "REQUEUED", "REQUEUE_HOLD", "REQUEUE_FED", "RESV_DEL_HOLD"]);
const running = new Set(["RUNNING", "COMPLETING", "STAGE_OUT", "STOPPED", "SUSPENDED", "SIGNALING", "RESIZING"]);

/** What became of a job, for those who never used Slurm. */
const endings: Readonly<Record<string, string>> = {
  BOOT_FAIL: "its machine did not start",
  CANCELLED: "it was cancelled",
  COMPLETED: "its program ended",
  DEADLINE: "its deadline came",
  FAILED: "its program failed",
  NODE_FAIL: "its machine failed",
  OUT_OF_MEMORY: "it took more memory than its flavor has",
  PREEMPTED: "another job took its machine",
  TIMEOUT: "its time was over",
};

/** Ends that somebody wanted: whoever cancelled it, or its own program. */
const meant = new Set(["CANCELLED", "COMPLETED"]);

/** Jobs as `squeue` lists them; those of other names are left out. */
export function readJobs(text: string, region: string, prefix: string): readonly Instance[] {
  return text.split("\n").flatMap((line) => {
    const [id = "", state = "", nodes = "", reason = "", ...rest] = line.trim().split("|");
    const name = rest.join("|");
    if (!/^\d+$/.test(id) || !name.startsWith(prefix)) return [];
    const place = nodes === "" ? `job ${id}` : `job ${id} on ${nodes}`;
    return [{ name, region, id, place, ...stateOf(state, reason, id) }];
  });
}

function stateOf(state: string, reason: string, id: string): Pick<Instance, "state" | "reason" | "isMeant"> {
  const why = reason === "" || reason === "None" ? "" : ` (${reason})`;
  if (waiting.has(state)) return { state: "waiting", reason: `Waits in Slurm's queue${why}` };
  if (running.has(state)) return { state: "running" };
  const ending = endings[state] ?? "it ended";
  const over = `Slurm's job ${id} is over: ${ending}, ${state}${why}`;
  return { state: "ended", reason: over, isMeant: meant.has(state) };
}
