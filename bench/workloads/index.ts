import type { Workload } from "../harness/workload.ts";
import { chain } from "./chain.ts";
import { dashboard } from "./dashboard.ts";
import { heartbeats } from "./heartbeats.ts";
import { killedServer } from "./killed-server.ts";
import { listPages } from "./list-pages.ts";
import { liveLog } from "./live-log.ts";
import { maskedOutput } from "./masked-output.ts";
import { millionQueued } from "./million-queued.ts";
import { noOpTasks } from "./no-op-tasks.ts";
import { processes } from "./processes.ts";
import { pythonTasks } from "./python-tasks.ts";
import { queueWorkers } from "./queue-workers.ts";
import { startLatency } from "./start-latency.ts";
import { submitCalls } from "./submit-calls.ts";
import { unchangedSource } from "./unchanged-source.ts";
import { uploads } from "./uploads.ts";

/** All of them, in the order in which they are run. */
export const workloads: readonly Workload[] = [
  noOpTasks,
  processes,
  startLatency,
  pythonTasks,
  chain,
  liveLog,
  listPages,
  millionQueued,
  killedServer,
  uploads,
  submitCalls,
  heartbeats,
  queueWorkers,
  unchangedSource,
  dashboard,
  maskedOutput,
];
