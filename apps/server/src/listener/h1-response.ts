import { type IncomingMessage, ServerResponse } from "node:http";
import { lingeringClose } from "./linger.ts";

/** An HTTP/1.1 response class for `http.createServer`, made for one listener. */
type H1Response = typeof ServerResponse<IncomingMessage>;

/**
 * Responses that end the connection where keep-alive would break it: when the request's body has not been read to
 * its end (the rest of an upload that was refused would be taken for the next request), and while shutting down.
 */
export function h1Response(closing: AbortSignal): H1Response {
  return class extends ServerResponse<IncomingMessage> {
    // Node sends every header through here, its own implicit ones too.
    override writeHead(...args: [statusCode: number, ...rest: never[]]): this {
      if (closing.aborted) this.shouldKeepAlive = false;
      if (hasUnreadBody(this.req)) {
        this.shouldKeepAlive = false;
        const { socket } = this;
        if (socket) socket.destroySoon = () => lingeringClose(socket);
      }
      return super.writeHead(...args);
    }
  };
}

// A request without a body is not `complete` either while its handler answers in the same tick.
function hasUnreadBody(request: IncomingMessage): boolean {
  const { "content-length": length, "transfer-encoding": encoding } = request.headers;
  return !request.complete && (encoding !== undefined || (length !== undefined && length !== "0"));
}
