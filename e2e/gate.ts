import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Holds tasks up until the test lets them go on: a test waits for nothing but what it has caused. */
export class Gate {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async create(): Promise<Gate> {
    return new Gate(await mkdtemp(join(tmpdir(), "tributary-gate-")));
  }

  /** For a shell: goes on when the gate of this name is open, or at once when the test is over. */
  wait(name = "gate"): string {
    const file = join(this.#folder, name);
    return `while [ -d ${this.#folder} ] && [ ! -e ${file} ]; do sleep 0.05; done`;
  }

  async open(name = "gate"): Promise<void> {
    await writeFile(join(this.#folder, name), "");
  }

  async remove(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}
