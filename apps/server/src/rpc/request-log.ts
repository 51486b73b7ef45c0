import { randomUUID } from "node:crypto";
import { ConnectError, type Interceptor } from "@connectrpc/connect";

export interface RequestLog {
  debug(details: Record<string, unknown>, message: string): void;
}

/** Gives every call an id, which it answers as `x-request-id`, and tells the log how it ended. Bodies are never logged. */
export function requestLogInterceptor(log: RequestLog): Interceptor {
  return (next) => async (request) => {
    const requestId = request.header.get("x-request-id")?.slice(0, 64) || randomUUID();
    request.header.set("x-request-id", requestId);
    const begun = performance.now();
    const tell = (code: string) => {
      const milliseconds = Math.round((performance.now() - begun) * 10) / 10;
      const rpc = `${request.service.typeName}/${request.method.name}`;
      log.debug({ rpc, requestId, code, milliseconds, protocol: request.url.slice(0, 5) }, "call");
    };
    try {
      const response = await next(request);
      response.header.set("x-request-id", requestId);
      if (!response.stream) tell("ok");
      return response;
    } catch (error) {
      tell(String(ConnectError.from(error).code));
      throw error;
    }
  };
}
