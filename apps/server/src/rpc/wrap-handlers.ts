import type { ConnectRouter } from "@connectrpc/connect";

/** Answers one RPC, whatever the protocol. */
export type Handler = ConnectRouter["handlers"][number];
export type HandlerRequest = Parameters<Handler>[0];
export type HandlerAnswer = Awaited<ReturnType<Handler>>;

/** Puts something around every RPC of a router, where bytes come in and go out. */
export function wrapHandlers(
  router: ConnectRouter,
  wrap: (handler: Handler) => (request: HandlerRequest) => Promise<HandlerAnswer>,
): void {
  for (const [index, handler] of router.handlers.entries()) {
    router.handlers[index] = Object.assign(wrap(handler), {
      protocolNames: handler.protocolNames,
      service: handler.service,
      method: handler.method,
      requestPath: handler.requestPath,
      allowedMethods: handler.allowedMethods,
      supportedContentType: handler.supportedContentType,
    });
  }
}
