import type { Ports } from "#core/ports/index.ts";
import type { FileProblem, ProjectDefinition } from "#core/projects/project.ts";

const fileNames = ["ame.yaml", "ame.yml"] as const;

/** A project file of a repository, whether it can be used or not. */
export interface ReadProjectFile {
  readonly name: string;
  readonly text: string;
  /** Undefined when something but warnings was found. */
  readonly definition?: ProjectDefinition;
  readonly problems: readonly FileProblem[];
}

export function isProjectFileName(path: string): boolean {
  return fileNames.some((name) => name === path);
}

/**
 * The project file at the root of a commit; undefined when there is none.
 *
 * @throws RefusedError `not-found` for a commit that is not in the mirror; `invalid` for a file that is too large
 */
export async function readProjectFile(
  { git, projectFiles }: Pick<Ports, "git" | "projectFiles">,
  sourceId: string,
  commit: string,
): Promise<ReadProjectFile | undefined> {
  for (const name of fileNames) {
    const bytes = await git.readFile(sourceId, commit, name);
    if (!bytes) continue;
    const text = new TextDecoder().decode(bytes);
    return { name, text, ...projectFiles.read(text) };
  }
  return undefined;
}

/** What keeps a file from being used, by its first problem. */
export function explainFileProblems({ name, problems }: Pick<ReadProjectFile, "name" | "problems">): string {
  const errors = problems.filter(({ warning }) => !warning);
  const [first] = errors;
  if (!first) return `${name} cannot be read`;
  const more =
    errors.length > 1
      ? ` (and ${errors.length === 2 ? "one more problem" : `${errors.length - 1} more problems`})`
      : "";
  return `${name} line ${first.line}, column ${first.column}: ${first.message}${more}`;
}
