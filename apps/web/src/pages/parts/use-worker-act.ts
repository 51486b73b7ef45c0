import type { DescMessage, DescMethodUnary } from "@bufbuild/protobuf";
import { createConnectQueryKey, useMutation } from "@connectrpc/connect-query";
import { useQueryClient } from "@tanstack/react-query";
import { WorkerService } from "@tributary/proto/tributary/v1/workers_pb";

import { toSentence } from "#api/errors.ts";
import { showToast } from "#ui/toasts.ts";

/** An act on a worker; the pages that show it read it again, a failure is told. */
export function useWorkerAct<I extends DescMessage, O extends DescMessage>(
  method: DescMethodUnary<I, O>,
  { failed, done }: { readonly failed: string; readonly done?: () => void },
) {
  const client = useQueryClient();
  return useMutation(method, {
    onSuccess: async () => {
      done?.();
      await client.invalidateQueries({
        queryKey: createConnectQueryKey({ schema: WorkerService, cardinality: undefined }),
      });
    },
    onError: (error: unknown) => showToast({ title: failed, text: toSentence(error), state: "failed" }),
  });
}
