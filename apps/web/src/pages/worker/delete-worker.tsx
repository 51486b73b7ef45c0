import { createConnectQueryKey, useMutation } from "@connectrpc/connect-query";
import { useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { ProvidedWorkerState, type Worker, WorkerService } from "@tributary/proto/tributary/v1/workers_pb";
import { useState } from "react";

import { toSentence } from "#api/errors.ts";
import { links } from "#pages/links.ts";
import { workerStrings } from "#pages/strings/worker-strings.ts";
import { Checkbox } from "#ui/checkbox.tsx";
import { ConfirmDialog } from "#ui/confirm-dialog.tsx";
import { showToast } from "#ui/toasts.ts";

const words = workerStrings.deleting;
/** Nothing of it runs any more. */
const endedStates = new Set([ProvidedWorkerState.FAILED, ProvidedWorkerState.STOPPED]);

/** Gives a worker back, or takes one that has gone from the lists; says what becomes of its tasks. */
export function DeleteWorker({ worker, onClose }: { readonly worker: Worker; readonly onClose: () => void }) {
  const [force, setForce] = useState(false);
  const client = useQueryClient();
  const router = useRouter();
  const ended = endedStates.has(worker.provided?.state ?? ProvidedWorkerState.STOPPED);
  const runs = worker.provided !== undefined && worker.online && worker.taskIds.length > 0;
  const remove = useMutation(WorkerService.method.deleteWorker, {
    onSuccess: async ({ worker: left }) => {
      onClose();
      if (left) showToast({ title: words.done(worker.name), state: "paused" });
      else router.history.push(links.workers());
      await client.invalidateQueries({
        queryKey: createConnectQueryKey({ schema: WorkerService, cardinality: undefined }),
      });
    },
  });
  return (
    <ConfirmDialog
      open
      danger
      busy={remove.isPending}
      title={words.title(worker.name)}
      confirm={words.confirm}
      keep={words.keep}
      error={remove.error ? toSentence(remove.error) : undefined}
      onConfirm={() => !remove.isPending && remove.mutate({ id: worker.id, force })}
      onClose={onClose}
    >
      <p>{worker.provided && !ended ? words.providedText(worker.provided.provider) : words.offlineText}</p>
      {runs && <Checkbox checked={force} onChange={setForce} label={words.force} />}
      {runs && force && <p className="hint hint--error">{words.lostText(worker.taskIds.length)}</p>}
    </ConfirmDialog>
  );
}
