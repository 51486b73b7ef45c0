import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { LauncherError } from "./launcher-error.ts";
import { EXIT_ANOTHER_SERVES, type LauncherSettings } from "./protocol.ts";

const READY_MS = 10_000;

/** Where the client and the way to the launcher write what they do; pino's loggers fit. */
export interface LauncherLog {
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
}

/**
 * Starts a launcher that goes on without this process: the Python one with the first interpreter that works, else the
 * Node one. Returns when one of them listens, or found another one that does.
 *
 * @param python one interpreter to use instead of the usual ones; false uses none of them.
 */
export async function startLauncher(
  settings: LauncherSettings,
  python: string | false | undefined,
  log: LauncherLog,
): Promise<void> {
  const failures: string[] = [];
  for (const [command, ...args] of listCommands(python)) {
    const failure = await tryToStart(command, [...args, JSON.stringify(settings)]);
    if (failure === undefined) {
      log.info({ command, socket: settings.socket }, "the launcher is there");
      return;
    }
    log.warn({ command, failure }, "this launcher did not start");
    failures.push(`${command}: ${failure}`);
  }
  throw new LauncherError("unavailable", `no launcher could be started (${failures.join("; ")})`);
}

function listCommands(python: string | false | undefined): [string, ...string[]][] {
  // A version manager's python3 on the PATH takes three times as long to start as the system's.
  const interpreters = python === false ? [] : python ? [python] : ["/usr/bin/python3", "python3"];
  const script = fileURLToPath(new URL("./launcher.py", import.meta.url));
  // Beside sources lies a source, beside bundled code lies bundled code.
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const fallback = fileURLToPath(new URL(`./launcher-node.${extension}`, import.meta.url));
  return [
    ...interpreters.map((command): [string, ...string[]] => [command, "-I", "-S", "-B", script]),
    [process.execPath, "--max-old-space-size=64", fallback],
  ];
}

/** Resolves with the reason why the launcher did not start, or with undefined. */
async function tryToStart(command: string, args: readonly string[]): Promise<string | undefined> {
  const child = spawn(command, args, {
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
    cwd: "/",
    env: launcherEnvironment(),
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), READY_MS);
  try {
    return await waitUntilReady(child);
  } finally {
    clearTimeout(timer);
    child.stdout?.destroy();
    child.stderr?.destroy();
    child.unref();
  }
}

function waitUntilReady(child: ChildProcess): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  let errors = "";
  child.stdout?.on("data", (text: Buffer) => text.includes("ready") && resolve(undefined));
  child.stderr?.on("data", (text: Buffer) => {
    errors = (errors + text.toString()).slice(-2000);
  });
  child.on("error", (error) => resolve(error.message));
  child.on("close", (code, signal) => {
    if (code === EXIT_ANOTHER_SERVES) resolve(undefined);
    else if (signal !== null) resolve(`it was not ready after ${READY_MS / 1000} s`);
    else resolve(errors.trim() || `it ended with status ${code}`);
  });
  return promise;
}

/**
 * Little, since an attempt of the same user can read it. The two marks are there when this process runs in an attempt
 * itself: then they lead that attempt's launcher to this one.
 */
function launcherEnvironment(): NodeJS.ProcessEnv {
  const names = ["PATH", "HOME", "TRIBUTARY_ATTEMPT", "TRIBUTARY_LAUNCHER"];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}
