import { fetchInputs } from "#core/dispatch/fetch-inputs.ts";
import type { OwnAttempt } from "#core/dispatch/own-attempt.ts";
import { RefusedError } from "#core/errors.ts";
import type { Ports } from "#core/ports/index.ts";

/** A piece of the tar stream of an attempt's files. */
interface InputsPiece {
  readonly content: Uint8Array;
  /** With the last piece: of the whole stream. */
  readonly sha256?: string;
}

const nothing = new Uint8Array();

/**
 * The files of an attempt from a place in their stream on. The stream is made again from its beginning, as it is kept
 * nowhere: the hash tells whether it was the same.
 *
 * @param offset - bytes to leave out
 * @throws RefusedError as `fetchInputs`; `invalid` when the stream has less than `offset` bytes
 */
export async function* sendInputs(
  ports: Parameters<typeof fetchInputs>[0] & Pick<Ports, "digest">,
  { offset, ...ask }: OwnAttempt & { readonly offset: number },
  signal: AbortSignal,
): AsyncIterable<InputsPiece> {
  const hash = ports.digest.runningSha256();
  let at = 0;
  let last: Uint8Array | undefined;
  for await (const chunk of fetchInputs(ports, ask, signal)) {
    hash.update(chunk);
    const content = chunk.subarray(Math.max(0, offset - at));
    at += chunk.length;
    if (content.length === 0) continue;
    if (last) yield { content: last };
    last = content;
  }
  if (offset > at) {
    throw new RefusedError("invalid", `offset: the files are a stream of ${at} bytes; fetch them from 0`, "offset");
  }
  yield { content: last ?? nothing, sha256: hash.end() };
}
