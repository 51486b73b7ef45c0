import { filesOfDependencies, ownFiles } from "#core/dispatch/fetch-inputs.ts";
import { type OwnAttempt, ownAttempt } from "#core/dispatch/own-attempt.ts";
import type { Ports } from "#core/ports/index.ts";

/**
 * What the files of an attempt are, as 64 hexadecimal digits: the same for attempts with the same files, another for any
 * others. Empty where that is not known before they are read.
 *
 * @throws RefusedError `conflict` when the attempt is not (any more) the worker's
 */
export async function describeInputs(
  { store, digest }: Pick<Ports, "store" | "digest">,
  ask: OwnAttempt,
): Promise<string> {
  const { spec } = await store.transact(ownAttempt, ask);
  const { inputs } = spec;
  if (inputs.kind === "model") return "";
  const brought = await store.transact(filesOfDependencies, ask.ref.taskId);
  const own = inputs.kind === "git" ? [] : await store.transact(ownFiles, inputs);
  const files = [...own, ...brought].map(({ path, size, hash, mode = 0 }) => [path, size, hash, mode]);
  const from = inputs.kind === "git" ? [inputs.sourceId, inputs.commit] : [];
  return digest.sha256(JSON.stringify([inputs.kind, from, files]));
}
