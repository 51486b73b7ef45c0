import type { DataSetDefinition } from "#core/projects/project.ts";
import type { TaskId } from "#core/tasks/task.ts";

/**
 * Files that one task makes and others read. It is made when the first task asks for it, and shared by all that do: also
 * by later uploads of the same project, as long as what they say of it stays the same.
 */
export interface DataSet {
  /** Name of the project and name of the data set, with a dot between. */
  readonly id: string;
  /** The project whose files make it. */
  readonly projectId: string;
  readonly projectName: string;
  readonly definition: DataSetDefinition;
  /** How often it was made, or is being made. */
  readonly made: number;
  /** What makes it, or made it last; unset before somebody asked. */
  readonly producerId?: TaskId;
}

/** That a task reads a data set. */
export interface DataSetUse {
  readonly id: string;
  /** Where its files are, among those of the task that made it and among those of the task that reads it. */
  readonly path: string;
}

export function dataSetId(projectName: string, name: string): string {
  return `${projectName}.${name}`;
}

/** How a data set's path is compared with those of files: relative, without `./` and slashes at its ends; empty for all. */
export function plainPath(path: string): string {
  return path
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .join("/");
}

/** Whether a file is that path, or below it. */
export function isBelow(file: string, path: string): boolean {
  const plain = plainPath(path);
  return plain === "" || file === plain || file.startsWith(`${plain}/`);
}
