import type { Workload } from "../harness/workload.ts";
import { chain } from "./chain.ts";
import { noOpTasks } from "./no-op-tasks.ts";
import { startLatency } from "./start-latency.ts";

/** All of them, in the order in which they are run. */
export const workloads: readonly Workload[] = [noOpTasks, startLatency, chain];
