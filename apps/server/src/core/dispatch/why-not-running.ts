import type { Reason } from "#core/reason.ts";
import { containerPlaces } from "#core/tasks/container-demand.ts";
import { diskResource, fits, subtract } from "#core/tasks/demand.ts";
import { isReplica, replicaResource } from "#core/tasks/replica-demand.ts";
import type { Demand, Dialect, Task } from "#core/tasks/task.ts";
import { leavesDialect } from "#core/workers/takes-dialect.ts";
import type { Worker, WorkerLoad } from "#core/workers/worker.ts";

/** Why a queued task has not started: one sentence, and what was checked. */
export interface WhyNotRunning {
  readonly reason: Reason;
  readonly checks: readonly Reason[];
}

/** Explains a queued task; tasks in other states carry their own reason. */
export function whyNotRunning(task: Pick<Task, "demand" | "dialect">, loads: readonly WorkerLoad[]): WhyNotRunning {
  const online = loads.filter(({ worker }) => worker.online);
  const scitqOnline = takesScitq(online);
  const looked = online.map((load) => ({ load, left: checkShare(task.dialect, load.worker, scitqOnline) }));
  const taking = looked.flatMap(({ load, left }) => (left ? [] : [load]));
  const checks = looked.map(({ load, left }) => left ?? checkWorker(task.demand, load));
  if (online.length > 0 && taking.length === 0) return { reason: nobodyTakes(task.dialect, checks), checks };
  const reason = summary(
    task.demand,
    taking,
    checks.filter((_, index) => !looked[index]?.left),
  );
  return { reason, checks };
}

/**
 * Why a worker in particular has not taken a queued task; `free` when it has room and is about to.
 *
 * @param loads - all workers: what one of ours leaves to others depends on them
 */
export function whyNotOn(
  task: Pick<Task, "demand" | "dialect">,
  load: WorkerLoad,
  loads: readonly WorkerLoad[],
): Reason {
  const { worker } = load;
  if (!worker.online) return { code: "offline", message: `${worker.name} is offline: it is given nothing` };
  return checkShare(task.dialect, worker, takesScitq(loads)) ?? checkWorker(task.demand, load);
}

/** Whether a worker of scitq's is online that takes tasks. */
function takesScitq(loads: readonly WorkerLoad[]): boolean {
  return loads.some(({ worker }) => worker.online && worker.kind === "scitq" && !worker.draining);
}

/** Why a worker is given no tasks of the dialect; undefined for one that is. */
function checkShare(dialect: Dialect, worker: Worker, scitqOnline: boolean): Reason | undefined {
  if (worker.draining) {
    return { code: "draining", message: `${worker.name} is draining: it finishes what it has` };
  }
  switch (leavesDialect(worker, dialect, scitqOnline)) {
    case "speaks-taskqueue":
      return {
        code: "other-tasks",
        message: `${worker.name} is a worker of scitq, which runs tasks of TaskQueue only`,
      };
    case "left-to-scitq":
      return { code: "other-tasks", message: `${worker.name} leaves tasks of TaskQueue to scitq's workers` };
    case "set-to-never":
      return {
        code: "other-tasks",
        message: `${worker.name} takes no tasks of TaskQueue`,
        hint: "TRIBUTARY_LOCAL_TASKQUEUE=never says so.",
      };
    default:
      return undefined;
  }
}

function nobodyTakes(dialect: Dialect, checks: readonly Reason[]): Reason {
  if (checks.every(({ code }) => code === "draining")) {
    return { code: "draining", message: "Every worker is draining", hint: "Resume one, or add another." };
  }
  const hint = checks.find((check) => check.hint !== undefined)?.hint;
  const what = dialect === "taskqueue" ? "takes tasks of TaskQueue" : "takes tasks of this kind";
  return {
    code: "no-worker",
    message: `No worker that is online ${what}`,
    hint: hint ?? "Workers of scitq run tasks of TaskQueue only: resume or add one of Tributary's.",
  };
}

function summary(demand: Demand, online: readonly WorkerLoad[], checks: readonly Reason[]): Reason {
  if (online.length === 0) {
    return {
      code: "no-worker",
      message: "No worker is online",
      hint: "The server starts one on this machine by itself; if none comes up, see the server's log.",
    };
  }
  if (checks.every(({ code }) => code === "too-big")) {
    const lacking = Object.keys(demand).find((name) =>
      online.every(({ worker }) => (demand[name] ?? 0) > (worker.capacity[name] ?? 0)),
    );
    if (lacking === containerPlaces) return noContainers(online);
    const most = Math.max(...online.map(({ worker }) => worker.capacity[lacking ?? ""] ?? 0));
    return {
      code: "too-big",
      message: lacking
        ? `No worker has ${amount(lacking, demand[lacking] ?? 0)}: the largest has ${amount(lacking, most)}`
        : "No single worker has everything that it asks for",
      hint: "Ask for less, or add a worker that is large enough.",
    };
  }
  if (checks.some(({ code }) => code === "free")) {
    return { code: "starting", message: "A worker has room and is about to take it" };
  }
  const slots = online.reduce((sum, { worker }) => sum + worker.slots, 0);
  const used = online.reduce((sum, load) => sum + runningIn(load), 0);
  if (used >= slots && !isReplica(demand))
    return { code: "busy", message: `All ${slots} slots are taken; it starts when one is free` };
  return { code: "busy", message: "Every worker that is large enough is busy; it starts when enough is free" };
}

/** Each of the workers that are online says why it runs none. */
function noContainers(online: readonly WorkerLoad[]): Reason {
  const [first] = online.flatMap(({ worker }) => worker.containers?.explanation || []);
  return {
    code: "no-containers",
    message: `It names an image, and no worker that is online runs containers${first ? `: ${first}` : ""}`,
    hint: "Install podman or docker on a worker's machine and start that worker again, or leave the image empty to run on the machine itself.",
  };
}

/** How many slots are taken: what serves models takes none. */
function runningIn({ taskIds, used }: Pick<WorkerLoad, "taskIds" | "used">): number {
  return taskIds.length - (used[replicaResource] ?? 0);
}

function checkWorker(demand: Demand, { worker, taskIds, used }: WorkerLoad): Reason {
  const lacking = Object.keys(demand).find((name) => (demand[name] ?? 0) > (worker.capacity[name] ?? 0));
  if (lacking === containerPlaces) {
    const why = worker.containers?.explanation;
    return { code: "too-big", message: `${worker.name} runs no containers${why ? `: ${why}` : ""}` };
  }
  if (lacking) {
    return {
      code: "too-big",
      message: `${worker.name} has ${amount(lacking, worker.capacity[lacking] ?? 0)}, ${amount(lacking, demand[lacking] ?? 0)} are asked for`,
    };
  }
  const running = runningIn({ taskIds, used });
  if (running >= worker.slots && !isReplica(demand)) {
    return {
      code: "busy",
      message: `${worker.name} runs ${running} tasks in ${worker.slots} slots`,
      ...(worker.kind === "scitq"
        ? { hint: "If it does not run one of them any more, cancel that: its slot is free then." }
        : {}),
    };
  }
  const free = subtract(worker.capacity, [used]);
  const short = Object.keys(demand).find((name) => !fits({ [name]: demand[name] ?? 0 }, free));
  if (short) {
    return {
      code: "busy",
      message: `${worker.name} has ${amount(short, free[short] ?? 0)} free of ${amount(short, worker.capacity[short] ?? 0)}`,
    };
  }
  return { code: "free", message: `${worker.name} has room` };
}

/** An amount of a resource as people write it. */
function amount(name: string, value: number): string {
  if (name === "cpu") return `${value / 1000} CPU${value === 1000 ? "" : "s"}`;
  if (name === "memory") return `${inGib(value)} GiB of memory`;
  if (name === diskResource) return `${inGib(value)} GiB of free disk`;
  return `${value} × ${name}`;
}

function inGib(bytes: number): string {
  return (bytes / 2 ** 30).toFixed(bytes < 2 ** 30 ? 2 : 1).replace(/\.?0+$/, "");
}
