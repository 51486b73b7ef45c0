import type { HandlerContext } from "@connectrpc/connect";
import { LeanCall } from "#rpc/lean/lean-call.ts";

const binary = /^application\/(proto|grpc(-web)?(\+proto)?)$/;

/** Whether a call's answer is sent in protobuf's binary form, rather than as JSON or as text of some kind. */
export function answersBinary(context: Pick<HandlerContext, "requestHeader">): boolean {
  // Whose headers are made when they are looked at, and which takes nothing else.
  if (context instanceof LeanCall) return true;
  return binary.test(context.requestHeader.get("content-type") ?? "");
}
