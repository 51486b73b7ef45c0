import type { Project } from "@tributary/proto/tributary/v1/projects_pb";

import { RunButton } from "#pages/parts/run-button.tsx";
import { actsStrings } from "#pages/strings/acts-strings.ts";
import { stateStrings } from "#pages/strings/state-strings.ts";
import { StateGlyph } from "#ui/state-glyph.tsx";

/** What can be run of a project, each with its button; what cannot says why. */
export function ProjectTasks({ project }: { readonly project: Project }) {
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
          <RunButton
            size="small"
            variant="quiet"
            aria-label={`${actsStrings.run} ${task.name}`}
            unavailable={task.problem || undefined}
            projectId={project.id}
            taskName={task.name}
          >
            {actsStrings.run}
          </RunButton>
        </li>
      ))}
    </ul>
  );
}
