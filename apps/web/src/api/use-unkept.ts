import type { DescMessage, DescMethodUnary, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import { callUnaryMethod, useTransport } from "@connectrpc/connect-query";
import { useState } from "react";

export interface Unkept<I extends DescMessage, O extends DescMessage> {
  readonly busy: boolean;
  readonly error: unknown;
  /** The answer; undefined when the call failed. */
  readonly call: (request: MessageInitShape<I>) => Promise<MessageShape<O> | undefined>;
}

/**
 * Calls with something that nobody must find afterwards, such as a token: neither what is sent nor the answer is kept, as
 * mutations of the query client would be.
 */
export function useUnkept<I extends DescMessage, O extends DescMessage>(method: DescMethodUnary<I, O>): Unkept<I, O> {
  const transport = useTransport();
  const [state, setState] = useState<{ readonly busy: boolean; readonly error: unknown }>({
    busy: false,
    error: undefined,
  });
  const call: Unkept<I, O>["call"] = async (request) => {
    setState({ busy: true, error: undefined });
    try {
      const answer = await callUnaryMethod(transport, method, request);
      setState({ busy: false, error: undefined });
      return answer;
    } catch (error) {
      setState({ busy: false, error });
      return undefined;
    }
  };
  return { ...state, call };
}
