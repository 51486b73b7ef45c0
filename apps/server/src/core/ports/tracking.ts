import type { ServingNeeds, TrackedVersion } from "#core/models/model.ts";
import type { PackedFile } from "#core/ports/archiver.ts";
import type { Variable } from "#core/tasks/injection.ts";

/** Where training tasks write down what they made: MLflow's tracking store. It is only read here. */
export interface Tracking {
  /** For people: without user or password. */
  readonly uri: string;

  /**
   * What tasks are told of it, in variables of MLflow's own.
   *
   * @param isHere - the task runs on the server's machine
   */
  variables(isHere: boolean): readonly Variable[];

  /**
   * The versions of a registered model, newest first, at most 200; none for a model that nobody has registered.
   *
   * @throws RefusedError `unavailable` when the store does not answer, or not in a way that is understood
   */
  versions(model: string, signal: AbortSignal): Promise<readonly TrackedVersion[]>;

  /**
   * What serving a version takes.
   *
   * @throws RefusedError `unavailable` as above; `invalid` when its files cannot be served from here
   */
  needs(version: TrackedVersion, signal: AbortSignal): Promise<ServingNeeds>;

  /**
   * The files of a version.
   *
   * @throws RefusedError as {@link needs}
   */
  files(location: string, signal: AbortSignal): AsyncIterable<PackedFile>;
}
