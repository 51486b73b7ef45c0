import { useMutation } from "@connectrpc/connect-query";
import { useQueryClient } from "@tanstack/react-query";
import { type Task, TaskService } from "@tributary/proto/tributary/v1/tasks_pb";
import { useState } from "react";

import { toSentence } from "#api/errors.ts";
import { showTask } from "#api/show-change.ts";
import { formatCount } from "#lib/format.ts";
import { useWhyNot } from "#pages/parts/role-words.ts";
import { hasEnded } from "#pages/parts/task-words.ts";
import { tasksStrings } from "#pages/strings/tasks-strings.ts";
import { Button } from "#ui/button.tsx";
import { ConfirmDialog } from "#ui/confirm-dialog.tsx";
import { CopyButton } from "#ui/copy-button.tsx";
import { showToast } from "#ui/toasts.ts";

const words = tasksStrings.bulk;
/** Calls under way at a time: the browser has six connections, and others need some too. */
const abreast = 3;

type Act = "cancel" | "retry";

/** What can be done with all selected tasks. */
export function BulkActs({ tasks, onDone }: { readonly tasks: readonly Task[]; readonly onDone: () => void }) {
  const [asking, setAsking] = useState<Act>();
  const whyNoCancel = useWhyNot(TaskService.method.cancelTask);
  const whyNoRetry = useWhyNot(TaskService.method.retryTask);
  const live = tasks.filter((task) => !hasEnded(task));
  const ended = tasks.filter(hasEnded);
  return (
    <>
      <Button
        size="small"
        icon="stop"
        unavailable={live.length === 0 ? words.allEnded : whyNoCancel}
        onClick={() => setAsking("cancel")}
      >
        {words.cancel}
      </Button>
      <Button
        size="small"
        icon="retry"
        unavailable={ended.length === 0 ? words.noneEnded : whyNoRetry}
        onClick={() => setAsking("retry")}
      >
        {words.retry}
      </Button>
      <CopyButton variant="plain" text={tasks.map(({ id }) => id).join(" ")}>
        {words.copyIds}
      </CopyButton>
      {asking && (
        <AskBulk
          act={asking}
          tasks={asking === "cancel" ? live : ended}
          onClose={() => setAsking(undefined)}
          onDone={onDone}
        />
      )}
    </>
  );
}

function AskBulk({
  act,
  tasks,
  onClose,
  onDone,
}: {
  readonly act: Act;
  readonly tasks: readonly Task[];
  readonly onClose: () => void;
  readonly onDone: () => void;
}) {
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const cancel = useMutation(TaskService.method.cancelTask, { onSuccess: ({ task }) => showTask(client, task) });
  const retry = useMutation(TaskService.method.retryTask);
  const count = formatCount(tasks.length);
  const run = async () => {
    setBusy(true);
    const call = act === "cancel" ? cancel.mutateAsync : retry.mutateAsync;
    const errors = await callAll(tasks, ({ id }) => call({ id }));
    tell(act, tasks.length, errors);
    onClose();
    onDone();
  };
  return (
    <ConfirmDialog
      open
      danger={act === "cancel"}
      busy={busy}
      title={words[`${act}Title`](count)}
      confirm={words[`${act}Confirm`](count)}
      keep={words.keep}
      onConfirm={() => !busy && void run()}
      onClose={onClose}
    >
      {words[`${act}Text`]}
    </ConfirmDialog>
  );
}

function tell(act: Act, total: number, errors: readonly unknown[]): void {
  const failed = errors.length;
  if (failed > 0)
    showToast({
      title: words.someFailed(formatCount(failed), formatCount(total)),
      text: toSentence(errors[0]),
      state: "problem",
    });
  else showToast({ title: words[`${act}Done`](formatCount(total)), state: act === "cancel" ? "cancelling" : "queued" });
}

/** Calls for each, some at a time. One that fails does not stop the others. Returns the errors. */
async function callAll<T>(items: readonly T[], call: (item: T) => Promise<unknown>): Promise<readonly unknown[]> {
  const errors: unknown[] = [];
  const left = [...items];
  const work = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) {
      await call(item).catch((error: unknown) => errors.push(error));
    }
  };
  await Promise.all(Array.from({ length: abreast }, work));
  return errors;
}
