/**
 * The launcher in Node, for machines without Python: the same protocol (protocol.ts) and the same settings. It differs
 * in this: it cannot adopt orphans, so what left an attempt's session *and* dropped its environment is not found; it
 * does not tell what an attempt used; it takes about 65 MB and starts a sixth as many processes a second.
 */
import { appendFileSync, closeSync, lstatSync, openSync, readdirSync, rmSync, statSync, writeSync } from "node:fs";
import { listenAlone } from "./node-clients.ts";
import { NodeLauncher } from "./node-launcher.ts";
import { readText } from "./processes.ts";
import { EXIT_ANOTHER_SERVES, type LauncherSettings } from "./protocol.ts";

const LOG_LIMIT = 1 << 20;

/** Says "ready" on the inherited stdout and lets go of it: whoever reads an inherited pipe would wait for ever. */
function sayReady(): void {
  try {
    writeSync(1, "ready\n");
  } catch {
    // Whoever asked has gone; the next one finds the socket.
  }
  for (const fd of [1, 2]) {
    closeSync(fd);
    openSync("/dev/null", "w"); // gets the number that was just closed, the lowest that is free
  }
}

/** Descriptors that whoever started this left open would be every attempt's too. Node's own are closed by exec. */
function closeInherited(): void {
  if (process.platform !== "linux") return;
  for (const name of readdirSync("/proc/self/fd")) {
    const state = Number(name) > 2 ? readText(`/proc/self/fdinfo/${name}`) : undefined;
    const flags = Number.parseInt(/flags:\s*(\d+)/.exec(state ?? "")?.[1] ?? "-1", 8);
    const closedByExec = Math.floor(flags / 0o2000000) % 2 === 1;
    if (flags >= 0 && !closedByExec) closeSync(Number(name));
  }
}

/** Writes a fault down. */
function note(path: string, error: unknown): void {
  try {
    if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > LOG_LIMIT) return;
    const text = error instanceof Error ? error.stack : String(error);
    appendFileSync(path, `${new Date().toISOString()} ${text}\n`, { mode: 0o600 });
  } catch {
    // A full disk must not end the attempts.
  }
}

async function main(): Promise<void> {
  const settings = JSON.parse(process.argv[2] ?? "{}") as LauncherSettings;
  closeInherited();
  const server = await listenAlone(settings.socket);
  if (server === false) process.exit(EXIT_ANOTHER_SERVES);
  const inode = lstatSync(settings.socket).ino;
  const leave = () => {
    if (lstatSync(settings.socket, { throwIfNoEntry: false })?.ino === inode) rmSync(settings.socket);
    process.exit(0);
  };
  const launcher = new NodeLauncher(settings, server, leave);
  // One client's fault must not end the attempts of all.
  process.on("uncaughtException", (error) => note(settings.log, error));
  for (const signal of ["SIGHUP", "SIGINT"]) process.on(signal, () => {});
  process.on("SIGTERM", () => launcher.leaveWhenDone());
  server.on("error", (error) => note(settings.log, error));
  sayReady();
  launcher.watchIdle();
}

main().catch((error: unknown) => {
  writeSync(2, `cannot listen: ${error instanceof Error ? error.message : error}\n`);
  process.exit(1);
});
