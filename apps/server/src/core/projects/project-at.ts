import { RefusedError } from "#core/errors.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import { knownProject } from "#core/projects/known-project.ts";
import type { Project } from "#core/projects/project.ts";
import { explainFileProblems, type ReadProjectFile, readProjectFile } from "#core/projects/read-project-file.ts";
import { findRevision, type RevisionPorts } from "#core/sources/find-revision.ts";
import type { Source } from "#core/sources/source.ts";

type ProjectAtPorts = RevisionPorts & Pick<Ports, "projectFiles">;

interface AskProjectAt {
  readonly projectId: string;
  /** A branch, a commit, or its beginning. */
  readonly revision: string;
}

/** A project as the file of a commit defines it; without a definition where that file cannot be used. */
export interface ProjectAt {
  readonly project: Project | undefined;
  readonly commit: string;
  readonly file: ReadProjectFile | undefined;
}

/**
 * What the project of a source is at a revision.
 *
 * @throws RefusedError `not-found` for an unknown project or revision; `invalid` for a project that was uploaded
 */
export async function projectAt(ports: ProjectAtPorts, ask: AskProjectAt, signal: AbortSignal): Promise<ProjectAt> {
  const { projectId, revision } = ask;
  const known = await ports.store.transact(sourcedProject, projectId);
  const { commit, source } = await findRevision(ports, { sourceId: projectId, revision }, signal);
  const file = await readProjectFile(ports, projectId, commit.id);
  const project = file?.definition && toProject(source, known, { ...file, definition: file.definition }, commit.id);
  return { project, commit: commit.id, file };
}

/**
 * The project of a source as it is to be run at a revision.
 *
 * @throws RefusedError as {@link projectAt}; `invalid` when the revision has no project file that can be used
 */
export async function runnableProjectAt(
  ports: ProjectAtPorts,
  ask: AskProjectAt,
  signal: AbortSignal,
): Promise<Project> {
  const { project, file, commit } = await projectAt(ports, ask, signal);
  if (project) return project;
  const short = commit.slice(0, 12);
  const why = file
    ? `at ${short}, ${explainFileProblems(file)}`
    : `commit ${short} has no ame.yaml at its root: add one`;
  throw new RefusedError("invalid", `revision: ${why}`, "revision");
}

/** Unit of work: the project, if it was read from a source at least once. */
async function sourcedProject(tx: Tx, id: string): Promise<Project | undefined> {
  if ((await tx.sources.getMany([id])).has(id)) return (await tx.projects.getMany([id])).get(id);
  const { definition } = await knownProject(tx, id);
  throw new RefusedError(
    "invalid",
    `revision: project ${definition.name} was uploaded and has no revisions; leave it out`,
    "revision",
  );
}

function toProject(
  source: Source,
  known: Project | undefined,
  { definition, text, name }: ReadProjectFile & Pick<Project, "definition">,
  commit: string,
): Project {
  const { createdAt } = source;
  const base = known ?? { id: source.id, sourceId: source.id, triggers: false, createdAt, updatedAt: createdAt };
  return { ...base, definition, commit, fileText: text, fileName: name };
}
