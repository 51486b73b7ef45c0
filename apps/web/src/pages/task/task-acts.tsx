import { LogService } from "@tributary/proto/tributary/v1/logs_pb";
import { type Task, TaskService, type TaskSpec, TaskState } from "@tributary/proto/tributary/v1/tasks_pb";
import { useState } from "react";

import { links } from "#pages/links.ts";
import { CopyAs } from "#pages/parts/copy-as.tsx";
import { useWhyNot } from "#pages/parts/role-words.ts";
import { RunChanged } from "#pages/parts/run-changed.tsx";
import { hasEnded, titleOf } from "#pages/parts/task-words.ts";
import { useOpenRun } from "#pages/parts/use-open-run.ts";
import { useTaskActs } from "#pages/parts/use-task-acts.ts";
import { actsStrings } from "#pages/strings/acts-strings.ts";
import { taskStrings } from "#pages/strings/task-strings.ts";
import { runCall } from "#pages/task/run-call.ts";
import { Button, IconButton } from "#ui/button.tsx";
import { ConfirmDialog } from "#ui/confirm-dialog.tsx";
import { Menu } from "#ui/menu.tsx";

const words = taskStrings;

const again = { id: "again", label: words.copy.again };
const cancel = { id: "cancel", label: words.copy.cancel };

/** What can be done with the task now. */
export function TaskActs({ task, spec }: { readonly task: Task; readonly spec: TaskSpec | undefined }) {
  const acts = useTaskActs();
  const request = { id: task.id };
  const id = String(task.id);
  const whyNot = useWhyNot(TaskService.method.retryTask);
  return (
    <>
      <CopyAs
        calls={[
          {
            id: "read",
            label: words.copy.read,
            method: TaskService.method.getTask,
            request,
            cli: ["task", "show", id],
          },
          {
            id: "log",
            label: words.copy.log,
            method: LogService.method.readLogLines,
            request: { taskId: task.id, limit: 500 },
            cli: ["logs", id],
          },
          hasEnded(task)
            ? { ...again, method: TaskService.method.retryTask, request, cli: ["task", "retry", id] }
            : { ...cancel, method: TaskService.method.cancelTask, request, cli: ["task", "cancel", id] },
          ...(spec && task.projectId !== "" ? [runCall(task, spec)] : []),
        ]}
      />
      <AgainMenu task={task} />
      {hasEnded(task) ? (
        <Button
          variant="primary"
          icon="retry"
          busy={acts.retrying}
          unavailable={whyNot}
          onClick={() => acts.retry(task.id)}
        >
          {actsStrings.runAgain}
        </Button>
      ) : (
        <CancelButton task={task} />
      )}
    </>
  );
}

/** Ways to run it once more that ask for something first. */
function AgainMenu({ task }: { readonly task: Task }) {
  const openRun = useOpenRun();
  const acts = useTaskActs();
  const [asking, setAsking] = useState(false);
  // what is of a project can be run anew, at another commit too; what is not can only be repeated
  const isOfProject = task.projectId !== "";
  const method = isOfProject ? TaskService.method.runTask : TaskService.method.retryTask;
  const whyNot = useWhyNot(method) ?? (isOfProject || hasEnded(task) ? undefined : words.notEnded);
  const menu = (
    <Menu
      trigger={<IconButton icon="more" label={actsStrings.more} />}
      items={[
        {
          id: "change",
          label: words.changeAndRun,
          hint: whyNot ?? (isOfProject ? words.changeAndRunHint : words.changeInPlacesHint),
          icon: "sliders",
          disabled: whyNot !== undefined,
          onSelect: () => (isOfProject ? openRun(task.projectId, task.title, "", task.id) : setAsking(true)),
        },
        ...(task.projectName === ""
          ? []
          : [
              {
                id: "same",
                label: words.sameName,
                icon: "tasks" as const,
                href: links.tasks({ project: task.projectName, name: task.title }),
              },
            ]),
      ]}
    />
  );
  return (
    <>
      {menu}
      {asking && (
        <RunChanged
          title={words.changeTitle(titleOf(task))}
          lead={words.changeLead}
          confirm={actsStrings.runAgain}
          busy={acts.retrying}
          error={null}
          onConfirm={(changes) => acts.retry(task.id, changes)}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}

function CancelButton({ task }: { readonly task: Task }) {
  const acts = useTaskActs();
  const [asking, setAsking] = useState(false);
  const already = task.state === TaskState.CANCELLING;
  const whyNot = useWhyNot(TaskService.method.cancelTask);
  return (
    <>
      <Button
        variant="danger"
        icon="stop"
        busy={acts.cancelling}
        unavailable={already ? words.alreadyCancelling : whyNot}
        onClick={() => setAsking(true)}
      >
        {actsStrings.cancel}
      </Button>
      <ConfirmDialog
        open={asking}
        danger
        title={words.cancelTitle(titleOf(task))}
        confirm={words.cancelConfirm}
        keep={words.keepRunning}
        onConfirm={() => {
          setAsking(false);
          acts.cancel(task.id);
        }}
        onClose={() => setAsking(false)}
      >
        {task.state === TaskState.ACTIVE ? words.cancelRunning : words.cancelPending}
      </ConfirmDialog>
    </>
  );
}
