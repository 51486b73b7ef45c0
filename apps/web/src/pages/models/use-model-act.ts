import type { DescMessage, DescMethodUnary } from "@bufbuild/protobuf";
import { createConnectQueryKey, useMutation } from "@connectrpc/connect-query";
import { useQueryClient } from "@tanstack/react-query";
import { ModelService } from "@tributary/proto/tributary/v1/models_pb";

import { toSentence } from "#api/errors.ts";
import { showToast } from "#ui/toasts.ts";

/** An act on a model; the pages that show it read it again, a failure is told. */
export function useModelAct<I extends DescMessage, O extends DescMessage>(
  method: DescMethodUnary<I, O>,
  failed: string,
) {
  const client = useQueryClient();
  return useMutation(method, {
    onSuccess: () =>
      client.invalidateQueries({ queryKey: createConnectQueryKey({ schema: ModelService, cardinality: undefined }) }),
    onError: (error: unknown) => showToast({ title: failed, text: toSentence(error), state: "failed" }),
  });
}
