import type { Logger } from "pino";
import { SharedBuild } from "../python/shared-build.ts";
import { StepFailure } from "../step-failure.ts";
import { AttemptContainer, type FetchedImage, type Images } from "./attempt-container.ts";
import { EngineCommands } from "./engine-commands.ts";
import type { FoundEngine } from "./find-engine.ts";
import { isImageName } from "./image-name.ts";
import { pullFailure } from "./pull-failure.ts";
import { shortened } from "./pull-progress.ts";

/** Tells a worker's containers from all others on the machine. */
const WORKER_LABEL = "tributary.worker";
const ATTEMPT_LABEL = "tributary.attempt";

/** The containers of a worker, and the images that they are made from. */
export class Containers implements Images {
  readonly #found: FoundEngine;
  readonly #scope: string;
  readonly #log: Logger;
  readonly #commands: EngineCommands | undefined;
  readonly #pulls = new Map<string, SharedBuild>();

  /** @param scope - the mark of the worker's folder */
  constructor(found: FoundEngine, scope: string, log: Logger) {
    this.#found = found;
    this.#scope = scope;
    this.#log = log;
    this.#commands = "engine" in found ? new EngineCommands(found.engine) : undefined;
  }

  /** What the worker tells of it. */
  describe(): { readonly engine: string; readonly version: string; readonly explanation: string } {
    if (!("engine" in this.#found)) return { engine: "", version: "", explanation: this.#found.why };
    const { kind, version } = this.#found.engine;
    return { engine: kind, version, explanation: "" };
  }

  get isUsable(): boolean {
    return this.#commands !== undefined;
  }

  /** The container of an attempt; its name is used by no other. @param folder - the attempt's own */
  of(key: string, folder: string, isNew: boolean): AttemptContainer {
    const labels = { [WORKER_LABEL]: this.#scope, [ATTEMPT_LABEL]: key };
    const name = this.#nameOf(key);
    return new AttemptContainer({ images: this, commands: this.#commands, name, labels, folder, isNew });
  }

  /**
   * Sees to it that an image is here: fetches it unless it is, once for all that ask at the time.
   *
   * @throws StepFailure when it cannot be had
   * @throws the reason of the signal
   */
  async fetch(image: string, signal: AbortSignal, say: (text: string) => void): Promise<FetchedImage> {
    const commands = this.commands();
    if (!isImageName(image)) {
      throw new StepFailure("bad-image", `"${image}" is not the name of an image.`, {
        hint: "Write it as docker pull takes it: registry/name:tag.",
      });
    }
    const known = this.#pulls.has(image) ? undefined : await commands.imageId(image);
    if (known !== undefined) return { id: known, reused: true };
    say(`Fetching the image ${image}`);
    const began = performance.now();
    await this.#pull(commands, image).join(signal, shortened(say));
    const id = await commands.imageId(image);
    if (id === undefined) throw pullFailure(image, "it was fetched, and is not there");
    say(`Fetched the image in ${((performance.now() - began) / 1000).toFixed(1)} s`);
    return { id, reused: false };
  }

  /** Removes containers of attempts that this worker has not; such are left when a worker dies at a bad moment. */
  async sweep(isHeld: (key: string) => boolean): Promise<void> {
    const commands = this.#commands;
    if (!commands) return;
    try {
      for (const name of await commands.list(`${WORKER_LABEL}=${this.#scope}`)) {
        const key = name.slice(this.#nameOf("").length);
        if (isHeld(key)) continue;
        const gone = await commands.remove(name);
        this.#log.warn({ container: name, gone }, "a container that belongs to no attempt was removed");
      }
    } catch (err) {
      this.#log.warn({ err }, "containers could not be listed");
    }
  }

  /** @throws StepFailure when there is no engine (any more) */
  commands(): EngineCommands {
    if (this.#commands) return this.#commands;
    const why = "engine" in this.#found ? "" : this.#found.why;
    throw new StepFailure("no-containers", `This worker runs no containers. ${why}`, { system: true });
  }

  #pull(commands: EngineCommands, image: string): SharedBuild {
    const known = this.#pulls.get(image);
    if (known && !known.isAbandoned) return known;
    const pull = new SharedBuild(async (signal, output) => {
      await commands.pull(image, signal, output).catch((error) => {
        throw pullFailure(image, error instanceof Error ? error.message : String(error));
      });
    });
    this.#pulls.set(image, pull);
    void pull.over.then(() => {
      if (this.#pulls.get(image) === pull) this.#pulls.delete(image);
    });
    return pull;
  }

  #nameOf(key: string): string {
    return `tributary-${this.#scope}-${key}`;
  }
}
