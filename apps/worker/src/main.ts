import { pino } from "pino";
import { RefusedByServerError } from "./explain-failure.ts";
import { LauncherError } from "./launcher/launcher.ts";
import { UsageError } from "./option-values.ts";
import { readOptions, USAGE } from "./options.ts";
import { runWorker } from "./worker.ts";
import { FolderInUseError } from "./worker-folder.ts";

/** Exit codes beside 0: the worker cannot run here, the command line is wrong, another worker has the folder, the server refuses it. */
const EXIT = { cannotRun: 1, usage: 2, inUse: 3, refused: 4 };

if (process.argv.slice(2).some((word) => word === "--help" || word === "-h")) {
  console.log(USAGE);
  process.exit(0);
}

const stop = new AbortController();
for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => stop.abort(new Error(signal)));
// The terminal, or the server that started the worker, may go; the worker does not.
process.on("SIGHUP", () => undefined);
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);

const log = pino(
  { name: "worker", level: process.env.TRIBUTARY_LOG_LEVEL ?? "info" },
  pino.destination({ dest: 2, sync: true }),
);
try {
  await runWorker(readOptions(process.argv.slice(2), process.env), log, stop.signal);
  process.exit(0);
} catch (error) {
  process.exit(tell(error));
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
