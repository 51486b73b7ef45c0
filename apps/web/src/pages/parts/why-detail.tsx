import { useQuery } from "@connectrpc/connect-query";
import { type Task, TaskService, TaskState } from "@tributary/proto/tributary/v1/tasks_pb";
import type { ReactNode } from "react";

import { glyphOf, hasEnded } from "#pages/parts/task-words.ts";
import { whyStrings } from "#pages/strings/why-strings.ts";
import { type Check, Explain } from "#ui/explain.tsx";
import type { State } from "#ui/state-glyph.tsx";

/** Why a task stands as it does: the sentence, what was checked, and the ways out as buttons. */
export function WhyDetail({ task, actions }: { readonly task: Task; readonly actions: ReactNode }) {
  const pending = task.state === TaskState.WAITING || task.state === TaskState.QUEUED;
  const { data } = useQuery(TaskService.method.getTask, { id: task.id }, { enabled: pending });
  const checks = pending ? (data?.checks ?? []).map(toCheck) : [];
  return (
    <Explain
      state={hasEnded(task) ? glyphOf(task) : "waiting"}
      say={<Sentence task={task} />}
      checks={checks}
      checksTitle={checks.length > 0 ? whyStrings.checked : undefined}
      actions={actions}
    />
  );
}

function Sentence({ task: { reason } }: { readonly task: Task }) {
  if (!reason) return null;
  return (
    <>
      <b>{fullStop(reason.message)}</b> {reason.hint}
    </>
  );
}

/** What the codes of checks say by themselves; all others hold the task up. */
const passed: Record<string, State> = { free: "succeeded", ok: "succeeded", ready: "succeeded" };

export function toCheck({ code, message }: { readonly code: string; readonly message: string }): Check {
  return {
    state: passed[code] ?? (code === "too-big" ? "failed" : "waiting"),
    text: message,
    decides: code === "too-big",
  };
}

/** A sentence of the server ends without a stop where others may follow. */
export function fullStop(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}
