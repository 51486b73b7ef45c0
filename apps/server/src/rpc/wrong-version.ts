import type { DescMethod } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";

/**
 * What a caller is told who asks for a stream in both directions over HTTP/1.1, where answers begin when the request has
 * ended; undefined when the call can be served. The connection must be closed behind it, or the client would wait.
 */
export function wrongVersion(method: DescMethod | undefined, httpVersionMajor: number): ConnectError | undefined {
  if (method?.methodKind !== "bidi_streaming" || httpVersionMajor >= 2) return undefined;
  return new ConnectError(
    `${method.parent.typeName}/${method.name} is a stream in both directions, which HTTP/1.1 does not have: call it over HTTP/2`,
    Code.Unimplemented,
  );
}
