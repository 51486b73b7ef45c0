import { RefusedError } from "#core/errors.ts";
import type { Ports } from "#core/ports/index.ts";
import type { FileBytes } from "#core/ports/tables.ts";
import type { Artifact } from "#core/tasks/task.ts";

/**
 * The bytes of an artifact, read where they are asked for.
 *
 * @throws RefusedError `not-found`, when reading, for one whose bytes have gone
 */
export function artifactBytes({ objects }: Pick<Ports, "objects">, artifact: Artifact): FileBytes {
  return {
    size: artifact.size,
    async read(from, to) {
      const all = new Uint8Array(Math.max(0, Math.min(to, artifact.size) - from));
      let length = 0;
      for await (const chunk of stretchOf({ objects }, artifact, from, to)) {
        all.set(chunk, length);
        length += chunk.length;
      }
      return all.subarray(0, length);
    },
  };
}

/** The same as a stream, for stretches that are larger than memory. */
export async function* stretchOf(
  { objects }: Pick<Ports, "objects">,
  { hash, path, size }: Artifact,
  from: number,
  to: number,
): AsyncIterable<Uint8Array> {
  try {
    if (from < Math.min(to, size)) yield* objects.read(hash, from, Math.min(to, size));
  } catch (error) {
    if (!(error instanceof RefusedError) || error.refusal !== "not-found") throw error;
    throw new RefusedError(
      "not-found",
      `the bytes of ${path} are not there any more; run the task again to make it anew`,
    );
  }
}
