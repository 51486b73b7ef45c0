import { TaskService } from "@tributary/proto/tributary/v1/tasks_pb";

import { useWhyNot } from "#pages/parts/role-words.ts";
import { useOpenRun } from "#pages/parts/use-open-run.ts";
import { Button, type ButtonProps } from "#ui/button.tsx";

/** Opens the run dialog: for a project's task, for a project, or to choose one. */
export function RunButton(
  props: Omit<ButtonProps, "onClick" | "icon"> & {
    readonly projectId?: string;
    readonly taskName?: string;
    /** A branch or a commit; empty for what was synced. */
    readonly revision?: string;
  },
) {
  const { projectId, taskName, revision, unavailable, ...look } = props;
  const openRun = useOpenRun();
  const whyNot = useWhyNot(TaskService.method.runTask);
  return (
    <Button
      {...look}
      icon="play"
      unavailable={unavailable ?? whyNot}
      onClick={() => openRun(projectId, taskName, revision)}
    />
  );
}
