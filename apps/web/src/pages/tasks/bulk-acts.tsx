import { useMutation } from "@connectrpc/connect-query";
import { useQueryClient } from "@tanstack/react-query";
import { TaskBatchAct, TaskBatchService } from "@tributary/proto/tributary/v1/task_batches_pb";
import type { Task } from "@tributary/proto/tributary/v1/tasks_pb";
import { useState } from "react";

import { toSentence } from "#api/errors.ts";
import { readBatchesAgain } from "#api/show-change.ts";
import { formatCount } from "#lib/format.ts";
import { useWhyNot } from "#pages/parts/role-words.ts";
import { type Changes, RunChanged } from "#pages/parts/run-changed.tsx";
import { hasEnded } from "#pages/parts/task-words.ts";
import { tasksStrings } from "#pages/strings/tasks-strings.ts";
import type { Aim } from "#pages/tasks/aim.ts";
import { Button } from "#ui/button.tsx";
import { ConfirmDialog } from "#ui/confirm-dialog.tsx";
import { CopyButton } from "#ui/copy-button.tsx";

const words = tasksStrings.bulk;

type Act = "cancel" | "retry" | "change";

interface BulkActsProps {
  /** The selected tasks that are loaded. */
  readonly tasks: readonly Task[];
  /** Set when all that match are meant, loaded or not. */
  readonly matching: { readonly aim: Aim; readonly count: string } | undefined;
  readonly onDone: () => void;
}

/** What can be done with all selected tasks; the server does it, whatever becomes of this page. */
export function BulkActs({ tasks, matching, onDone }: BulkActsProps) {
  const [asking, setAsking] = useState<Act>();
  const whyNot = useWhyNot(TaskBatchService.method.createTaskBatch);
  const live = tasks.filter((task) => !hasEnded(task));
  const ended = tasks.filter(hasEnded);
  const none = (some: readonly Task[], why: string) => (!matching && some.length === 0 ? why : undefined);
  return (
    <>
      <Button
        size="small"
        icon="retry"
        unavailable={none(ended, words.noneEnded) ?? whyNot}
        onClick={() => setAsking("retry")}
      >
        {words.retry}
      </Button>
      <Button
        size="small"
        icon="sliders"
        unavailable={none(ended, words.noneEnded) ?? whyNot}
        onClick={() => setAsking("change")}
      >
        {words.change}
      </Button>
      <Button
        size="small"
        icon="stop"
        unavailable={none(live, words.allEnded) ?? whyNot}
        onClick={() => setAsking("cancel")}
      >
        {words.cancel}
      </Button>
      {!matching && (
        <CopyButton variant="plain" text={tasks.map(({ id }) => id).join(" ")}>
          {words.copyIds}
        </CopyButton>
      )}
      {asking && (
        <AskBulk
          act={asking}
          aim={matching?.aim ?? byIds(asking === "cancel" ? live : ended)}
          count={matching?.count ?? formatCount(asking === "cancel" ? live.length : ended.length)}
          all={matching !== undefined}
          onClose={() => setAsking(undefined)}
          onDone={onDone}
        />
      )}
    </>
  );
}

function byIds(tasks: readonly Task[]): Aim {
  return { case: "tasks", value: { ids: tasks.map(({ id }) => id) } };
}

function AskBulk(props: {
  readonly act: Act;
  readonly aim: Aim;
  readonly count: string;
  readonly all: boolean;
  readonly onClose: () => void;
  readonly onDone: () => void;
}) {
  const { act, count, all } = props;
  const client = useQueryClient();
  const { onClose } = props;
  const begin = useMutation(TaskBatchService.method.createTaskBatch, {
    onSuccess: () => {
      readBatchesAgain(client);
      onClose();
      props.onDone();
    },
  });
  const run = (more: { readonly changes?: Changes } = {}) => {
    const wanted = act === "cancel" ? TaskBatchAct.CANCEL : TaskBatchAct.RETRY;
    if (!begin.isPending) begin.mutate({ act: wanted, target: props.aim, ...more });
  };
  if (act === "change") {
    return (
      <RunChanged
        title={words.changeTitle(count)}
        lead={`${all ? `${words.retryAll} ` : ""}${words.changeLead} ${words.goesOn}`}
        confirm={words.retryConfirm(count)}
        busy={begin.isPending}
        error={begin.error}
        onConfirm={(changes) => run({ changes })}
        onClose={onClose}
      />
    );
  }
  return (
    <ConfirmDialog
      open
      danger={act === "cancel"}
      busy={begin.isPending}
      title={words[`${act}Title`](count)}
      confirm={words[`${act}Confirm`](count)}
      keep={words.keep}
      error={begin.error ? toSentence(begin.error) : undefined}
      onConfirm={() => run()}
      onClose={onClose}
    >
      {all && `${words[`${act}All`]} `}
      {words[`${act}Text`]} {words.goesOn}
    </ConfirmDialog>
  );
}
