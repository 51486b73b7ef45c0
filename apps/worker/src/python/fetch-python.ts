import { mkdirSync } from "node:fs";
import type { Variables } from "../environment-variables.ts";
import { StepFailure } from "../step-failure.ts";
import { runProgram } from "./run-program.ts";
import { SharedBuild } from "./shared-build.ts";

/** Fetches interpreters with uv into a folder, each once for all who wait for it. */
export class PythonFetcher {
  readonly #env: Variables;
  readonly #fetching = new Map<string, SharedBuild>();

  /** @param folder - for the interpreters, unless the user's own setting of uv names another */
  constructor(folder: string, env: Variables) {
    this.#env = { UV_PYTHON_INSTALL_DIR: folder, ...env };
  }

  /** Where the interpreters are. */
  get folder(): string {
    return this.#env.UV_PYTHON_INSTALL_DIR ?? "";
  }

  /** Whether the user's own setting of uv lets it. */
  get mayFetch(): boolean {
    return this.#env.UV_PYTHON_DOWNLOADS !== "never";
  }

  /**
   * Fetches a version; one that is there already costs nothing.
   *
   * @throws StepFailure `python-not-found` for a version that uv does not know, `python-not-fetched` with why
   * @throws the reason of the signal when it fires
   */
  async fetch(uv: string, version: string, signal: AbortSignal, say: (text: string) => void): Promise<void> {
    const known = this.#fetching.get(version);
    const fetching = known && !known.isAbandoned ? known : this.#begin(uv, version);
    await fetching.join(signal, say);
  }

  #begin(uv: string, version: string): SharedBuild {
    const fetching = new SharedBuild(async (signal, output) => {
      mkdirSync(this.folder, { recursive: true, mode: 0o700 });
      const args = ["python", "install", "--no-bin", "--no-progress", "--color", "never", version];
      const end = await runProgram(uv, args, {
        env: this.#env,
        cwd: this.folder,
        signal,
        output,
        timeoutMs: LONGEST_MS,
      });
      signal.throwIfAborted();
      if (end.code !== 0) throw failure(version, end.output);
    });
    this.#fetching.set(version, fetching);
    const forget = () => {
      if (this.#fetching.get(version) === fetching) this.#fetching.delete(version);
    };
    void fetching.over.then(forget, forget);
    return fetching;
  }
}

const LONGEST_MS = 30 * 60 * 1000;

function failure(version: string, output: string): StepFailure {
  const why = /(?:error|cause): (.*)/i.exec(output)?.[1] ?? "it said nothing";
  const unknown = /No download found/i.test(output);
  const message = `Python ${version} is not installed, and uv could not fetch it: ${why}.`;
  return new StepFailure(unknown ? "python-not-found" : "python-not-fetched", message, {
    hint: unknown
      ? "Ask for a version that exists, or install this one on the worker's machine."
      : "The log has the whole output. Install the version on the worker's machine, or let uv reach a mirror (UV_PYTHON_INSTALL_MIRROR).",
  });
}
