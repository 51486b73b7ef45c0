import { flushCompileCache } from "node:module";
import { resolve } from "node:path";
import { RefusedError } from "#core/errors.ts";
import { ListenError } from "#listener/listen-error.ts";
import { restore } from "#server/compose.ts";
import { ConfigError } from "#server/config/config-error.ts";
import { readConfig } from "#server/config.ts";
import { offerExample } from "#server/first-start.ts";
import { type Served, serve } from "#server/serve.ts";

const usage = `Usage:
  main.ts                    serves
  main.ts restore <backup>   puts a backup into the empty data folder that TRIBUTARY_DATA names`;

async function main(): Promise<void> {
  const [command, ...rest] = process.argv.slice(2);
  if (command === "restore" && rest.length === 1) return restoreFrom(rest[0]!);
  if (command !== undefined && command !== "serve") throw new UsageError(usage);
  const config = readConfig();
  const served = await serve(config);
  endOnSignal(served);
  console.log(`Tributary serves ${served.url}  (data in ${config.dataFolder})`);
  if (served.firstToken !== undefined) {
    console.log(`The first admin's API token, shown only now: ${served.firstToken}`);
    console.log(`Log in with it at ${served.url}/login, and make tokens for others there.`);
  }
  // Where compiled code is kept, now rather than at the end, which may be a sudden one.
  flushCompileCache();
  if (!config.example) return;
  try {
    const run = await offerExample(served.ports);
    if (run) console.log(`The example task ${run.title} has been started: ${served.url}/tasks/${run.taskId}`);
  } catch (error) {
    console.error(`The example could not be started: ${explain(error)}`);
  }
}

async function restoreFrom(path: string): Promise<void> {
  const config = readConfig();
  const backup = resolve(path);
  const files = await restore(config, backup);
  console.log(
    `${files} files of ${backup} are in ${config.dataFolder}. Put the master key there too (master.key, mode 0600), or ` +
      "give it by TRIBUTARY_MASTER_KEY, before the server is started.",
  );
}

class UsageError extends Error {}

/** The first signal ends the server in good order, a second one at once. */
function endOnSignal(served: Served): void {
  let ending = false;
  const end = () => {
    if (ending) process.exit(1);
    ending = true;
    console.log("Ending. Tasks that run go on; the next start finds them again.");
    served.close().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(explain(error));
        process.exit(1);
      },
    );
  };
  process.on("SIGINT", end);
  process.on("SIGTERM", end);
}

function explain(error: unknown): string {
  if (error instanceof ConfigError) return `The configuration cannot be used:\n${error.message}`;
  if (error instanceof UsageError || error instanceof RefusedError || error instanceof ListenError)
    return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

main().catch((error: unknown) => {
  console.error(explain(error));
  process.exit(1);
});
