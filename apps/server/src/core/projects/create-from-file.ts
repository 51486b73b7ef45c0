import { RefusedError } from "#core/errors.ts";
import type { Ports } from "#core/ports/index.ts";
import { createProject } from "#core/projects/create-project.ts";
import type { Project } from "#core/projects/project.ts";

/** Problems that are told at once. */
const mostTold = 10;

/**
 * Keeps a project of what a project file says; its files come later.
 *
 * @throws RefusedError `invalid` with the lines that are wrong
 */
export async function createFromFile(
  ports: Pick<Ports, "store" | "clock" | "random" | "calendar" | "projectFiles">,
  { fileText, triggers }: { readonly fileText: string; readonly triggers: boolean },
): Promise<Project> {
  const { definition, problems } = ports.projectFiles.read(fileText);
  if (definition) return createProject(ports, { definition, triggers, fileText });
  const wrong = problems.filter(({ warning }) => !warning);
  const lines = wrong
    .slice(0, mostTold)
    .map(({ line, column, message }) => `line ${line}, column ${column}: ${message}`);
  const rest = wrong.length > mostTold ? `; and ${wrong.length - mostTold} more` : "";
  throw new RefusedError("invalid", `file_text: ${lines.join("; ")}${rest}`, "file_text");
}
