import { ConnectError } from "@connectrpc/connect";
import type { AttemptRef } from "@tributary/proto/tributary/v1/dispatch_pb";
import { type DispatchClient, isDefinite } from "./connection.ts";
import { diskFull, isDiskFull } from "./disk-full.ts";
import { ArchiveError, extractInputs, type InputFile } from "./inputs.ts";
import { StepFailure } from "./step-failure.ts";
import type { Uplink } from "./uplink.ts";

const TRIES = 5;

/**
 * Fetches an attempt's files into a folder that `empty` makes and empties; a broken connection begins anew.
 *
 * @throws StepFailure `inputs-refused` for an archive that is not safe, `inputs-failed` when the server has none to give
 * @throws the reason of the signal
 */
export async function fetchInputs(
  uplink: Pick<Uplink, "call" | "workerId">,
  attempt: AttemptRef | undefined,
  folder: string,
  empty: () => Promise<void>,
  signal: AbortSignal,
): Promise<Map<string, InputFile>> {
  const request = { workerId: uplink.workerId, ...(attempt ? { attempt } : {}) };
  const fetchOnce = async (client: DispatchClient) => {
    await empty();
    return extractInputs(contents(client, request, signal), folder).catch(keepStepFailures);
  };
  try {
    const files = await uplink.call(fetchOnce, { signal, tries: TRIES });
    if (files instanceof StepFailure) throw files;
    return files;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof StepFailure) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new StepFailure("inputs-failed", `The files of the task could not be fetched: ${why}`, {
      system: !isDefinite(error),
    });
  }
}

async function* contents(
  client: DispatchClient,
  request: { workerId: string; attempt?: AttemptRef },
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for await (const { content } of client.fetchInputs(request, { signal })) yield content;
}

/** What is wrong with the archive itself will be so the next time; what the connection says may pass. */
function keepStepFailures(error: unknown): StepFailure {
  if (error instanceof ArchiveError)
    return new StepFailure("inputs-refused", `The files of the task are refused: ${error.message}.`);
  if (error instanceof ConnectError) throw error;
  if (isDiskFull(error)) return diskFull("the files of the task could not be written");
  const code = (error as NodeJS.ErrnoException).code;
  const why = error instanceof Error ? error.message : String(error);
  return new StepFailure("inputs-failed", `The files of the task could not be written: ${why}`, {
    system: code !== undefined,
  });
}
