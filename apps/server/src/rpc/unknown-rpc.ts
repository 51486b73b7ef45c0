import type { IncomingHttpHeaders } from "node:http";
import { Code, ConnectError } from "@connectrpc/connect";

/** Content types of messages; JSON of other APIs is not among them, unless the client says that it speaks Connect. */
const rpcTypes = /^application\/(grpc|connect\+|proto)/;

/**
 * What a client of RPCs is told that calls something which is not there; undefined when the request is of another kind.
 *
 * @param services - full names of all services
 */
export function unknownRpc(
  path: string,
  headers: IncomingHttpHeaders,
  services: ReadonlySet<string>,
): ConnectError | undefined {
  const speaksRpc = rpcTypes.test(headers["content-type"] ?? "") || headers["connect-protocol-version"] !== undefined;
  if (!speaksRpc) return undefined;
  const [, service = "", method = ""] = path.split("/", 3);
  const what = services.has(service) ? `${service} has no RPC ${method}` : `there is no service ${service}`;
  return new ConnectError(`${what.slice(0, 300)}; server reflection lists what there is`, Code.Unimplemented);
}
