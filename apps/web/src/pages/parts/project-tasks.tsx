import type { Project } from "@tributary/proto/tributary/v1/projects_pb";

import { useOpenRun } from "#pages/parts/use-open-run.ts";
import { actsStrings } from "#pages/strings/acts-strings.ts";
import { stateStrings } from "#pages/strings/state-strings.ts";
import { Button } from "#ui/button.tsx";
import { StateGlyph } from "#ui/state-glyph.tsx";

/** What can be run of a project, each with its button; what cannot says why. */
export function ProjectTasks({ project }: { readonly project: Project }) {
  const openRun = useOpenRun();
  return (
    <ul className="lines project-tasks">
      {project.tasks.map((task) => (
        <li key={task.name}>
          {task.problem !== "" && <StateGlyph state="problem" label={stateStrings.problem} />}
          <span className="grow task-line">
            <span className="medium">{task.name}</span>{" "}
            <span className={task.problem === "" ? "faint small mono cut" : "small problem-text"}>
              {task.problem || task.command}
            </span>
          </span>
          <Button
            size="small"
            variant="quiet"
            icon="play"
            aria-label={`${actsStrings.run} ${task.name}`}
            unavailable={task.problem || undefined}
            onClick={() => openRun(project.id, task.name)}
          >
            {actsStrings.run}
          </Button>
        </li>
      ))}
    </ul>
  );
}
