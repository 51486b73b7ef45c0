import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openLauncher } from "../src/launcher/launcher.ts";
import { launcherSocket } from "../src/launcher-socket.ts";
import { FixtureServer } from "./fixture-server.ts";

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const QUIET = { info: () => undefined, warn: () => undefined };

/** A worker in a process of its own. */
export interface WorkerProcess {
  readonly child: ChildProcess;
  /** What it wrote. */
  readonly said: () => string;
  /** Its exit code, or the signal that ended it. */
  readonly exited: Promise<number | string>;
  /** Sends a signal and waits for the end. */
  kill(signal: NodeJS.Signals): Promise<number | string>;
}

/** A folder, a server and the workers of one test, all gone when it is over. */
export class Scene {
  readonly root = mkdtempSync(join(tmpdir(), "tributary-worker-"));
  readonly folder = join(this.root, "worker");
  readonly server = new FixtureServer(join(this.root, "server.sock"));
  readonly #workers: WorkerProcess[] = [];

  worker(args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): WorkerProcess {
    const all = [
      MAIN,
      "--server",
      this.server.address,
      "--data",
      this.folder,
      "--slots",
      "4",
      "--containers",
      "off",
      ...args,
    ];
    const child = spawn(process.execPath, all, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (text: Buffer) => {
        said += text.toString();
      });
    }
    const exited = new Promise<number | string>((resolve) =>
      child.on("close", (code, signal) => resolve(code ?? signal ?? -1)),
    );
    const kill = (signal: NodeJS.Signals) => {
      child.kill(signal);
      return exited;
    };
    const worker = { child, said: () => said, exited, kill };
    this.#workers.push(worker);
    return worker;
  }

  /** Folders of attempts that the worker has. */
  attemptFolders(): string[] {
    return readdirSync(join(this.folder, "attempts"));
  }

  async close(): Promise<void> {
    for (const { child, exited } of this.#workers) {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
      await exited;
    }
    await this.#endLauncher();
    await this.server.stop();
    rmSync(this.root, { recursive: true, force: true, maxRetries: 3 });
  }

  /** What a killed worker leaves under its launcher is ended with it. */
  async #endLauncher(): Promise<void> {
    const folder = join(this.folder, "launcher");
    const launcher = await openLauncher({ folder, socketPath: launcherSocket(folder), log: QUIET }).catch(
      () => undefined,
    );
    if (!launcher) return;
    const { live, ended } = await launcher.hello();
    for (const { id } of live) await launcher.signal(id, "KILL");
    const left = new Set(live.map(({ id }) => id));
    if (left.size > 0) {
      for await (const { id } of launcher.ends()) {
        left.delete(id);
        if (left.size === 0) break;
      }
    }
    for (const { id } of [...live, ...ended]) await launcher.forget(id);
    await launcher.shutdown();
  }
}
