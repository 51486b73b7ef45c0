import type { HandlerContext } from "@connectrpc/connect";

const binary = /^application\/(proto|grpc(-web)?(\+proto)?)$/;

/** Whether a call's answer is sent in protobuf's binary form, rather than as JSON or as text of some kind. */
export function answersBinary({ requestHeader }: Pick<HandlerContext, "requestHeader">): boolean {
  return binary.test(requestHeader.get("content-type") ?? "");
}
