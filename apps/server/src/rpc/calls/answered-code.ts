import { Code } from "@connectrpc/connect";
import { codeFromHttpStatus, codeToString } from "@connectrpc/connect/protocol-connect";
import type { CallProtocol } from "./call.ts";

/** What tells how a call ended: the head of its answer, the trailers behind it, and the last piece of its body. */
export interface Answered {
  readonly status: number;
  readonly trailer: Headers | undefined;
  readonly last: Uint8Array | undefined;
}

/** Ends of streams that are longer have been compressed or hold no error. */
const longestEnd = 16_384;

/** How a call ended, read from what it was answered: `ok`, or the code's name. */
export function answeredCode(protocol: CallProtocol, { status, trailer, last }: Answered): string {
  const text = last === undefined || last.length > longestEnd ? "" : new TextDecoder().decode(last);
  if (protocol === "grpc") return grpcCode(trailer?.get("grpc-status") ?? undefined, status);
  if (protocol === "grpc-web") return grpcCode(/grpc-status: ?(\d+)/i.exec(text)?.[1], status);
  if (status !== 200) return /"code": ?"([a-z_]+)"/.exec(text)?.[1] ?? codeToString(codeFromHttpStatus(status));
  // The message of a unary answer could look like an end of stream, but for its first byte.
  return (last?.[0] === 2 && /"error": ?\{"code": ?"([a-z_]+)"/.exec(text)?.[1]) || "ok";
}

function grpcCode(status: string | undefined, httpStatus: number): string {
  if (status === undefined) return codeToString(httpStatus === 200 ? Code.Unknown : codeFromHttpStatus(httpStatus));
  const code = Number(status);
  return code === 0 ? "ok" : codeToString(Code[code] === undefined ? Code.Unknown : code);
}
