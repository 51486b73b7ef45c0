import { type Task, TaskService, TaskState } from "@tributary/proto/tributary/v1/tasks_pb";
import { WorkerService } from "@tributary/proto/tributary/v1/workers_pb";

import { links } from "#pages/links.ts";
import { ActLink } from "#pages/parts/act-link.tsx";
import { useWhyNot } from "#pages/parts/role-words.ts";
import { useOpenRun } from "#pages/parts/use-open-run.ts";
import { whyStrings } from "#pages/strings/why-strings.ts";
import { Button, ButtonLink } from "#ui/button.tsx";

/** Reasons of a queue that go away by themselves. */
const passing = new Set(["free", "starting"]);

/** What would let a task run that has not started: room for it, smaller wishes, or what it waits for. */
export function WaysToRun({ task }: { readonly task: Task }) {
  const code = task.reason?.code ?? "";
  if (task.state === TaskState.WAITING) {
    return code === "dependency" ? (
      <ButtonLink size="small" href={`${links.task(task.id)}?tab=lineage`}>
        {whyStrings.waitsFor}
      </ButtonLink>
    ) : null;
  }
  if (task.state !== TaskState.QUEUED || passing.has(code)) return null;
  return (
    <>
      {code === "draining" && (
        <ButtonLink size="small" href={links.workers()}>
          {whyStrings.resumeWorker}
        </ButtonLink>
      )}
      <ActLink method={WorkerService.method.createWorkers} size="small" href={links.addWorkers()}>
        {whyStrings.addWorkers}
      </ActLink>
      {code === "too-big" && <AskForLess task={task} />}
    </>
  );
}

/** The same task once more, with other resources; this one stays until it is cancelled. */
function AskForLess({ task }: { readonly task: Task }) {
  const openRun = useOpenRun();
  const whyNot = useWhyNot(TaskService.method.runTask);
  if (task.projectId === "") return null;
  return (
    <Button
      size="small"
      unavailable={whyNot}
      onClick={() => openRun(task.projectId, task.title, "", task.id)}
      title={whyStrings.askForLessHint}
    >
      {whyStrings.askForLess}
    </Button>
  );
}
