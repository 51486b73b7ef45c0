import { useMutation } from "@connectrpc/connect-query";
import { useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { TaskService } from "@tributary/proto/tributary/v1/tasks_pb";

import { toSentence } from "#api/errors.ts";
import { showTask } from "#api/show-change.ts";
import { links } from "#pages/links.ts";
import type { Changes } from "#pages/parts/run-changed.tsx";
import { actsStrings } from "#pages/strings/acts-strings.ts";
import { showToast } from "#ui/toasts.ts";

/** What can be done with one task. Failures are told in a message. */
export function useTaskActs() {
  const client = useQueryClient();
  const router = useRouter();
  const cancel = useMutation(TaskService.method.cancelTask, {
    onSuccess: ({ task }) => showTask(client, task),
    onError: (error) => showToast({ title: actsStrings.cancelFailed, text: toSentence(error), state: "failed" }),
  });
  const retry = useMutation(TaskService.method.retryTask, {
    onSuccess: ({ task }) => task && router.history.push(links.task(task.id)),
    onError: (error) => showToast({ title: actsStrings.runFailed, text: toSentence(error), state: "failed" }),
  });
  return {
    cancel: (id: number) => cancel.mutate({ id }),
    cancelling: cancel.isPending,
    /** Goes to the new task. */
    retry: (id: number, changes?: Changes) => retry.mutate({ id, ...(changes && { changes }) }),
    retrying: retry.isPending,
  };
}
