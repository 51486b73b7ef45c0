import type { Logger } from "pino";
import { AttemptFolders } from "./attempt-folders.ts";
import { Containers } from "./containers/containers.ts";
import { findEngine } from "./containers/find-engine.ts";
import { readJournal } from "./journal.ts";
import { readScope } from "./launcher/scope.ts";
import { Launching } from "./launching.ts";
import type { Options } from "./options.ts";
import { openWorkerFolder } from "./worker-folder.ts";

/** How long attempts may take to be killed. */
const KILL_MS = 15_000;

/**
 * Ends what a worker that has ended left running, without telling anybody: for whoever gives the machine back. The
 * folder is good for nothing but to be removed then.
 *
 * @throws FolderInUseError while a worker runs in the folder
 * @throws LauncherError when no launcher can be started
 */
export async function endAttempts(options: Pick<Options, "folder" | "containers">, log: Logger): Promise<void> {
  const folder = openWorkerFolder(options.folder);
  const launching = new Launching(folder.launcher, log);
  try {
    const { live, ended } = await launching.hello();
    const over = Promise.all(live.map(({ id }) => launching.end(id)));
    for (const { id } of live) await launching.signal(id, "KILL");
    if (!(await within(over, KILL_MS))) log.warn({ attempts: live.length }, "attempts could not be killed");
    const known = new Set(live.map(({ id }) => id));
    await launching.sweep(
      startedIn(new AttemptFolders(folder.attempts, folder.spare)).filter(({ id }) => !known.has(id)),
    );
    for (const { id } of [...live, ...ended]) launching.forget(id);
    // These outlive the client that the launcher has killed.
    const engine = await findEngine(options.containers);
    await new Containers(engine, await readScope(folder.launcher), log).sweep(() => false);
    if (live.length > 0) log.info({ attempts: live.length }, "attempts were ended with their worker");
  } finally {
    await launching.close();
    folder.release();
  }
}

/** Of a launcher that died, the journals tell what it had started. */
function startedIn(folders: AttemptFolders) {
  return [...folders.keys()].flatMap((id) => {
    const record = readJournal(folders.of(id).path);
    if (!record?.starting) return [];
    const { pid = -1, startTime = 0, groups } = record.started ?? {};
    return [{ id, pid, startTime, groups }];
  });
}

/** False when it takes longer. */
async function within(awaited: Promise<unknown>, milliseconds: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<false>();
  const timer = setTimeout(resolve, milliseconds, false);
  try {
    return await Promise.race([awaited.then(() => true), promise]);
  } finally {
    clearTimeout(timer);
  }
}
