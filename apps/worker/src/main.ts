import { pino } from "pino";
import type { StopSignals } from "./drain.ts";
import { endAttempts } from "./end-attempts.ts";
import { RefusedByServerError } from "./explain-failure.ts";
import { LauncherError } from "./launcher/launcher.ts";
import { UsageError } from "./option-values.ts";
import { type Options, readOptions, USAGE } from "./options.ts";
import { OwnLog } from "./own-log.ts";
import { runWorker } from "./worker.ts";
import { FolderInUseError } from "./worker-folder.ts";

/** Exit codes beside 0: the worker cannot run here, the command line is wrong, another worker has the folder, the server refuses it. */
const EXIT = { cannotRun: 1, usage: 2, inUse: 3, refused: 4 };

if (process.argv.slice(2).some((word) => word === "--help" || word === "-h")) {
  console.log(USAGE);
  process.exit(0);
}

// The terminal, or the server that started the worker, may go; the worker does not.
process.on("SIGHUP", () => undefined);
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);

const ownLog = new OwnLog(Date.now());
const log = pino(
  { name: "worker", level: process.env.TRIBUTARY_LOG_LEVEL ?? "info" },
  pino.multistream([
    { stream: pino.destination({ dest: 2, sync: true }), level: "trace" },
    { stream: ownLog, level: "trace" },
  ]),
);
try {
  const options = readOptions(process.argv.slice(2), process.env);
  if (options.endAttempts) await endAttempts(options, log);
  else await runWorker(options, { log, ownLog }, stopSignals(options));
  process.exit(0);
} catch (error) {
  process.exit(tell(error));
}

/** The first signal drains, the second hands back, the third leaves; for a worker that only leaves, the first. */
function stopSignals({ onStop }: Pick<Options, "onStop">): StopSignals {
  const [drain, handBack, leave] = [new AbortController(), new AbortController(), new AbortController()];
  const steps = onStop === "leave" ? [leave] : [drain, handBack, leave];
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => steps.shift()?.abort(new Error(signal)));
  }
  return { drain: drain.signal, handBack: handBack.signal, leave: leave.signal };
}

function tell(error: unknown): number {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof UsageError) {
    console.error(`tributary worker: ${message}\nSee: tributary worker --help`);
    return EXIT.usage;
  }
  if (error instanceof RefusedByServerError) {
    console.error(`tributary worker: ${message}`);
    return EXIT.refused;
  }
  if (error instanceof FolderInUseError || error instanceof LauncherError) console.error(message);
  else log.fatal({ err: error }, "the worker cannot run");
  return error instanceof FolderInUseError ? EXIT.inUse : EXIT.cannotRun;
}
