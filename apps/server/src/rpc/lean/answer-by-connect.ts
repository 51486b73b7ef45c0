import { answeredCode } from "#rpc/calls/answered-code.ts";
import { type Collected, restOf } from "./collect-body.ts";
import type { LeanCall } from "./lean-call.ts";
import type { LeanMethod } from "./lean-method.ts";
import { toOutgoing } from "./lean-protocol.ts";

/**
 * Leaves a call to Connect's handler of the same RPC, with everything around that: slow requests, compressed and broken
 * ones, and those that are no request of the RPC, are answered by the code that answers all other RPCs.
 */
export async function answerByConnect(call: LeanCall, { byConnect }: LeanMethod, collected: Collected): Promise<void> {
  const { status, header, body, trailer } = await byConnect({
    httpVersion: "2.0",
    method: call.requestMethod,
    url: call.url,
    header: call.requestHeader,
    body: wholeBody(call, collected),
    signal: call.signal,
    contextValues: call.values,
  });
  const chunks = await Array.fromAsync(body ?? []);
  const { name } = call.protocol;
  const last = name === "connect" ? chunks.at(-1) : undefined;
  call.send(answeredCode(name, { status, trailer, last }), {
    header: { ":status": status, ...toOutgoing(header) },
    body: chunks.length > 0 ? Buffer.concat(chunks) : undefined,
    trailer: name === "connect" ? undefined : toOutgoing(trailer),
  });
}

/** What has come, then what still comes. */
async function* wholeBody(call: LeanCall, collected: Collected): AsyncIterable<Uint8Array> {
  yield* collected.chunks;
  for await (const chunk of restOf(call.stream, collected)) {
    call.received(chunk.length);
    yield chunk;
  }
}
