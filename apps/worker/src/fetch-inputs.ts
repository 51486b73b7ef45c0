import { ConnectError } from "@connectrpc/connect";
import type { AttemptRef } from "@tributary/proto/tributary/v1/dispatch_pb";
import { type DispatchClient, isDefinite } from "./connection.ts";
import { diskFull, isDiskFull } from "./disk-full.ts";
import { ChangedError, DownloadError, download, type Wanted } from "./download.ts";
import type { InputCache } from "./input-cache.ts";
import { ArchiveError, extractInputs, type InputFile } from "./inputs.ts";
import { StepFailure } from "./step-failure.ts";
import type { Uplink } from "./uplink.ts";

const TRIES = 20;
/** Times that files are fetched from the beginning which are others in the middle of it. */
const MOST_CHANGES = 3;

/**
 * Fetches an attempt's files into a folder that `empty` makes and empties. From another machine a broken connection costs
 * what was under way: the next one goes on behind it. On the server's own, where nobody keeps them, it begins anew.
 *
 * @param cache - takes them from there where it has them, and keeps them otherwise
 * @throws StepFailure `inputs-refused` for an archive that is not safe, `inputs-failed` when the server has none to give
 * @throws the reason of the signal
 */
export async function fetchInputs(
  uplink: Pick<Uplink, "call" | "workerId">,
  attempt: AttemptRef | undefined,
  folder: string,
  empty: () => Promise<void>,
  signal: AbortSignal,
  cache?: Pick<InputCache, "read">,
): Promise<Map<string, InputFile>> {
  const request = { workerId: uplink.workerId, ...(attempt ? { attempt } : {}) };
  const extract = async (chunks: AsyncIterable<Uint8Array>) => {
    await empty();
    return extractInputs(chunks, folder).catch(keepStepFailures);
  };
  try {
    const files = cache
      ? await fetchInParts(uplink, request, signal, cache, extract)
      : await uplink.call((client) => extract(contents(client, request, signal)), { signal, tries: TRIES });
    if (files instanceof StepFailure) throw files;
    return files;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof StepFailure) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new StepFailure("inputs-failed", `The files of the task could not be fetched: ${why}`, {
      system: !isDefinite(error instanceof DownloadError ? error.cause : error),
    });
  }
}

async function fetchInParts<T>(
  uplink: Pick<Uplink, "call">,
  request: Wanted,
  signal: AbortSignal,
  cache: Pick<InputCache, "read">,
  extract: (chunks: AsyncIterable<Uint8Array>) => Promise<T>,
): Promise<T> {
  for (let times = 1; ; times++) {
    const key = await uplink.call((client) => keyOf(client, request, signal), { signal, tries: TRIES });
    try {
      return await extract(cache.read(key, () => download(uplink, request, signal)));
    } catch (error) {
      if (!(error instanceof ChangedError) || times === MOST_CHANGES) throw error;
    }
  }
}

/** What the files are; empty from a server that does not tell. */
async function keyOf(client: DispatchClient, request: Wanted, signal: AbortSignal): Promise<string> {
  const over = new AbortController();
  const asked = client.fetchInputs({ ...request, describe: true }, { signal: AbortSignal.any([signal, over.signal]) });
  try {
    for await (const { key } of asked) return key;
    return "";
  } finally {
    over.abort();
  }
}

async function* contents(client: DispatchClient, request: Wanted, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  for await (const { content } of client.fetchInputs(request, { signal })) yield content;
}

/** What is wrong with the archive itself will be so the next time; what the connection says may pass. */
function keepStepFailures(error: unknown): StepFailure {
  if (error instanceof ArchiveError)
    return new StepFailure("inputs-refused", `The files of the task are refused: ${error.message}.`);
  if (error instanceof ConnectError || error instanceof ChangedError || error instanceof DownloadError) throw error;
  if (isDiskFull(error)) return diskFull("the files of the task could not be written");
  const code = (error as NodeJS.ErrnoException).code;
  const why = error instanceof Error ? error.message : String(error);
  return new StepFailure("inputs-failed", `The files of the task could not be written: ${why}`, {
    system: code !== undefined,
  });
}
