import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("../../../../cli/bin/tributary", import.meta.url));

export interface FarWorkerOptions {
  readonly server: string;
  readonly token: string;
  readonly folder: string;
  readonly name: string;
  readonly slots: number;
}

/** `tributary worker`, as it is started on another machine. */
export class FarWorker {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #exited: Promise<unknown>;
  #said = "";

  private constructor(child: ChildProcess, folder: string) {
    this.#child = child;
    this.#folder = folder;
    this.#exited = once(child, "exit");
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.#said += text;
      });
    }
  }

  static start({ server, token, folder, name, slots }: FarWorkerOptions): FarWorker {
    const options = ["--server", server, "--data", folder, "--name", name, "--slots", String(slots)];
    const child = spawn(program, ["worker", ...options, "--drain-seconds", "5"], {
      env: { PATH: process.env.PATH, HOME: folder, TRIBUTARY_TOKEN: token },
      stdio: ["ignore", "pipe", "pipe"],
    });
    return new FarWorker(child, folder);
  }

  /** What it has printed. */
  get said(): string {
    return this.#said;
  }

  /** How many attempts it has. */
  async held(): Promise<number> {
    return (await readdir(join(this.#folder, "attempts"))).length;
  }

  /** In good order, handing back what takes longer than some seconds. */
  async end(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill("SIGTERM");
    await this.#exited;
  }
}
