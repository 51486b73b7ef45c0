import { createHash } from "node:crypto";
import type { AttemptRef, FetchInputsResponse } from "@tributary/proto/tributary/v1/dispatch_pb";
import type { DispatchClient } from "./connection.ts";
import type { Uplink } from "./uplink.ts";

/** Tries without a byte after which a download is given up. */
const TRIES = 20;

/** What came in parts is not what the server has: it has to be fetched anew. */
export class ChangedError extends Error {}

/** The server does not go on, and why. */
export class DownloadError extends Error {}

/** What a stream is asked of. */
export interface Wanted {
  readonly workerId: string;
  readonly attempt?: AttemptRef;
}

/**
 * The stream of an attempt's files. After a broken connection it goes on over the next one where it was, and what came is
 * held against the hash that the server tells at the end.
 *
 * @throws ChangedError, after which asking from the beginning may help
 * @throws DownloadError
 * @throws the reason of the signal
 */
export async function* download(
  uplink: Pick<Uplink, "call">,
  wanted: Wanted,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  let [at, isOver] = [0n, false];
  let stream: Part | undefined;
  const next = async (client: DispatchClient) => {
    if (stream?.client !== client) {
      stream?.end();
      stream = new Part(client, { ...wanted, offset: at }, signal);
    }
    try {
      return await stream.next();
    } catch (error) {
      stream.end();
      stream = undefined;
      throw error;
    }
  };
  try {
    while (!isOver) {
      const message = await uplink.call(next, { signal, tries: TRIES }).catch((error) => {
        signal.throwIfAborted();
        throw new DownloadError(textOf(error), { cause: error });
      });
      if (message === "begun anew") throw new ChangedError("the server began anew in the middle of it");
      const { content = new Uint8Array(), sha256 = "" } = message ?? {};
      hash.update(content);
      at += BigInt(content.length);
      // Servers of earlier versions tell no hash.
      isOver = !message || sha256 !== "";
      if (sha256 !== "" && sha256 !== hash.digest("hex")) throw new ChangedError("its hash is not the server's");
      if (content.length > 0) yield content;
    }
  } finally {
    stream?.end();
  }
}

/** What comes over one connection. */
class Part {
  readonly client: DispatchClient;
  readonly #offset: bigint;
  readonly #over = new AbortController();
  readonly #messages: AsyncIterator<FetchInputsResponse>;
  #isFirst = true;

  constructor(client: DispatchClient, asked: Wanted & { readonly offset: bigint }, signal: AbortSignal) {
    this.client = client;
    this.#offset = asked.offset;
    const options = { signal: AbortSignal.any([signal, this.#over.signal]) };
    this.#messages = client.fetchInputs(asked, options)[Symbol.asyncIterator]();
  }

  /** @returns undefined at the end */
  async next(): Promise<FetchInputsResponse | "begun anew" | undefined> {
    const { done, value } = await this.#messages.next();
    if (done) return undefined;
    if (this.#isFirst && value.offset !== this.#offset) return "begun anew";
    this.#isFirst = false;
    return value;
  }

  end(): void {
    this.#over.abort();
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
