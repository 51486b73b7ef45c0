import { Code, ConnectError } from "@connectrpc/connect";
import { RetryInfoSchema } from "@tributary/proto/google/rpc/error_details_pb";
import type { ShedReason } from "./admission.ts";

const texts: Readonly<Record<ShedReason, string>> = {
  rate: "you call more often than this server allows one caller",
  calls: "you have more calls under way than this server allows one caller",
  streams: "you have more streams open than this server allows one caller",
  "all-calls": "the server has as many calls under way as it can take",
  "all-streams": "the server has as many streams open as it can take",
};

/**
 * What a caller is told whose call was turned away: when to come again, in the ways that libraries of gRPC and HTTP
 * look for.
 */
export function shedError(reason: ShedReason, retryMs: number): ConnectError {
  const wait = Math.max(1, Math.ceil(retryMs));
  const retryDelay = { seconds: BigInt(Math.floor(wait / 1000)), nanos: (wait % 1000) * 1_000_000 };
  return new ConnectError(
    `${texts[reason]}: try again in ${wait} ms`,
    Code.ResourceExhausted,
    { "retry-after": String(Math.ceil(wait / 1000)), "grpc-retry-pushback-ms": String(wait) },
    [{ desc: RetryInfoSchema, value: { retryDelay } }],
  );
}
