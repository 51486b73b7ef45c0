import { createConnectQueryKey, useMutation } from "@connectrpc/connect-query";
import { useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { type DataSet, DataSetService, DataSetState } from "@tributary/proto/tributary/v1/data_sets_pb";

import { toSentence } from "#api/errors.ts";
import { links } from "#pages/links.ts";
import { ActButton } from "#pages/parts/act-button.tsx";
import { actsStrings } from "#pages/strings/acts-strings.ts";
import { dataSetsStrings } from "#pages/strings/data-sets-strings.ts";
import { showToast } from "#ui/toasts.ts";

const words = dataSetsStrings;

/** Has a data set made again; those that run keep the one that they have. */
export function MakeAgain({ dataSet: { id, name, state } }: { readonly dataSet: DataSet }) {
  const client = useQueryClient();
  const router = useRouter();
  const refresh = useMutation(DataSetService.method.refreshDataSet, {
    async onSuccess({ task }) {
      showToast({
        title: words.making(name),
        state: "queued",
        ...(task && { action: { label: actsStrings.openTask, onAct: () => router.history.push(links.task(task.id)) } }),
      });
      await client.invalidateQueries({
        queryKey: createConnectQueryKey({ schema: DataSetService, cardinality: undefined }),
      });
    },
    onError: (error) => showToast({ title: words.failed, text: toSentence(error), state: "failed" }),
  });
  if (state === DataSetState.BEING_MADE) return null;
  return (
    <span className="row row--end">
      <ActButton
        method={DataSetService.method.refreshDataSet}
        size="small"
        variant="quiet"
        busy={refresh.isPending}
        onClick={() => refresh.mutate({ id })}
      >
        {words.makeAgain}
      </ActButton>
    </span>
  );
}
