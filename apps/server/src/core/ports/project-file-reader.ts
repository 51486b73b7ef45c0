import type { FileProblem, ProjectDefinition } from "#core/projects/project.ts";

/** Reads project files (`ame.yaml`). */
export interface ProjectFileReader {
  /** A JSON Schema of what is read, for editors. */
  readonly schema: Readonly<Record<string, unknown>>;
  /** The definition is there if and only if no problem but warnings was found. */
  read(text: string): { readonly definition?: ProjectDefinition; readonly problems: readonly FileProblem[] };
}
