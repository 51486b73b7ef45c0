import { type Worker, WorkerService } from "@tributary/proto/tributary/v1/workers_pb";
import { useWorkerAct } from "#pages/parts/use-worker-act.ts";
import { workerStrings as words } from "#pages/strings/worker-strings.ts";
import { showToast } from "#ui/toasts.ts";

/** Drains a worker, which can be taken back at once, and resumes it. */
export function useDrain({ id, name }: Pick<Worker, "id" | "name">) {
  const resuming = useWorkerAct(WorkerService.method.resumeWorker, { failed: words.resumeFailed });
  const resume = () => resuming.mutate({ id });
  const action = { label: words.undo, onAct: resume };
  const done = () => showToast({ title: words.drained(name), text: words.drainedText, state: "paused", action });
  const draining = useWorkerAct(WorkerService.method.drainWorker, { failed: words.drainFailed, done });
  return { resume, drain: () => draining.mutate({ id }), busy: draining.isPending || resuming.isPending };
}
