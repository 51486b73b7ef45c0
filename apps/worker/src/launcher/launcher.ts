import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { claimFolder } from "./claim-folder.ts";
import { LauncherClient } from "./launcher-client.ts";
import { LauncherError } from "./launcher-error.ts";
import type { Launcher } from "./launcher-port.ts";
import { type LauncherSettings, PROTOCOL_VERSION } from "./protocol.ts";
import { readScope } from "./scope.ts";
import { type LauncherLog, startLauncher } from "./start-launcher.ts";

export { LauncherError } from "./launcher-error.ts";
export type { Gone, Launcher } from "./launcher-port.ts";
export type { Control, Ended, Hello, SignalName, StartAttempt, Started } from "./protocol.ts";
export type { LauncherLog } from "./start-launcher.ts";
export { sweepOrphans } from "./sweep-orphans.ts";

/** How to reach or start the launcher of one worker. */
export interface LauncherOptions {
  /** Absolute path of a folder of its own, for its lock and its log; made with mode 0700. One worker, one folder. */
  readonly folder: string;
  /** Absolute path, of at most 107 bytes (macOS: 103), in a folder that only its owner may enter. */
  readonly socketPath: string;
  /** The Python (3.8 or newer) to use; false for none. Unless told, /usr/bin/python3, then python3 on the PATH. */
  readonly python?: string | false;
  readonly log: LauncherLog;
  /** How long the launcher stays with neither attempts nor client; 60 unless told otherwise. Only when it is started. */
  readonly idleSeconds?: number;
  /** How long it stays without client for ends that nobody has fetched; a week unless told otherwise. Only when it is started. */
  readonly keepSeconds?: number;
  /** How long what an attempt left behind has between TERM and KILL; 1 unless told otherwise. Only when it is started. */
  readonly graceSeconds?: number;
}

const OPEN_MS = 15_000;
const RETRY_MS = 50;
const SOCKET_PATH_LIMIT = process.platform === "darwin" ? 103 : 107;

/**
 * Connects to the launcher that serves the socket, or starts one. Rejects with a `LauncherError` (`unavailable`)
 * when neither is possible, and with an `Error` that names the option when a path cannot be used.
 */
export async function openLauncher(options: LauncherOptions): Promise<Launcher> {
  const settings = await prepare(options);
  const deadline = performance.now() + OPEN_MS;
  for (let tries = 0; performance.now() < deadline; tries++) {
    await delay(Math.max(0, tries - 1) * RETRY_MS);
    const client = await LauncherClient.open(options.socketPath);
    if (client && (await fits(client))) return client;
    // Nobody listens, or only one that is just leaving.
    if (!client) await startLauncher(settings, options.python, options.log);
  }
  const holder = `the process named in ${settings.lock} may hold it`;
  throw new LauncherError("unavailable", `no launcher answers on ${options.socketPath}; ${holder}`);
}

async function prepare(options: LauncherOptions): Promise<LauncherSettings> {
  const { folder, socketPath } = options;
  for (const [field, path] of Object.entries({ folder, socketPath })) {
    if (!path.startsWith("/")) throw new Error(`${field} must be an absolute path, not ${path}`);
  }
  const length = Buffer.byteLength(socketPath);
  if (length > SOCKET_PATH_LIMIT) {
    const most = `a unix socket's path may have ${SOCKET_PATH_LIMIT}`;
    throw new Error(`socketPath: ${socketPath} has ${length} bytes, and ${most}; choose a shorter folder`);
  }
  await claimFolder(folder, "folder");
  await claimFolder(dirname(socketPath), "socketPath");
  return {
    socket: socketPath,
    lock: join(folder, "launcher.lock"),
    log: join(folder, "launcher.log"),
    scope: await readScope(folder),
    idleSeconds: options.idleSeconds ?? 60,
    keepSeconds: options.keepSeconds ?? 7 * 24 * 3600,
    graceSeconds: options.graceSeconds ?? 1,
  };
}

/** A launcher of another version is sent away if it has nothing to do; false then. */
async function fits(client: LauncherClient): Promise<boolean> {
  const { version, pid } = await client.hello();
  if (version === PROTOCOL_VERSION) return true;
  try {
    await client.shutdown();
    return false;
  } catch (error) {
    client.close();
    const reason = error instanceof Error ? error.message : String(error);
    const both = `speaks version ${version}, this worker ${PROTOCOL_VERSION}`;
    throw new LauncherError("unavailable", `the launcher (process ${pid}) ${both}, and it has work left: ${reason}`);
  }
}
