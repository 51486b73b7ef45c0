import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import type { ProjectSchema, ProjectService, ProjectTaskSchema } from "@tributary/proto/tributary/v1/projects_pb";
import { findDataSets } from "#core/data-sets/find-data-sets.ts";
import { RefusedError } from "#core/errors.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import { createFromFile } from "#core/projects/create-from-file.ts";
import { knownProject } from "#core/projects/known-project.ts";
import type { Project, TaskDefinition } from "#core/projects/project.ts";
import { projectAt } from "#core/projects/project-at.ts";
import { resolveTask } from "#core/projects/resolve-task.ts";
import { reuseFiles } from "#core/projects/reuse-files.ts";
import { inputsOf, toRunSpec } from "#core/projects/to-run-spec.ts";
import { uploadFiles } from "#core/projects/upload-files.ts";
import { toDemand } from "#core/tasks/demand.ts";
import { readUpload, toWantedFile } from "#facades/tributary/read-upload.ts";

/** A task as its project defines it; what keeps it from being run is data here, not an error. */
async function fromTaskDefinition(
  tx: Tx,
  project: Project,
  task: TaskDefinition,
): Promise<MessageInitShape<typeof ProjectTaskSchema>> {
  let resolved = task;
  let problem = "";
  try {
    resolved = await resolveTask(tx, project, task);
    toDemand(toRunSpec(resolved, inputsOf(project, "")).resources);
    await findDataSets(tx, project, resolved.dataSets);
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    problem = error.message;
  }
  const { executor } = resolved;
  return {
    name: task.name ?? "",
    executor: executor?.kind ?? "",
    command: executor && "command" in executor ? executor.command : "",
    pythonVersion: executor && "pythonVersion" in executor ? executor.pythonVersion : "",
    templateName: task.fromTemplate
      ? [task.fromTemplate.project, task.fromTemplate.name].filter((part) => part !== undefined).join(".")
      : "",
    resources: resolved.resources,
    variables: resolved.variables.map(({ name, value }) => ({ name, value })),
    secrets: resolved.secrets.map(({ key, injectAs }) => ({ key, injectAs })),
    dataSetNames: [...resolved.dataSets],
    schedule: resolved.triggers?.schedule ?? "",
    problem,
  };
}

async function fromProject(tx: Tx, project: Project, uploads: number): Promise<MessageInitShape<typeof ProjectSchema>> {
  const { definition } = project;
  const tasks: MessageInitShape<typeof ProjectTaskSchema>[] = [];
  for (const task of definition.tasks) tasks.push(await fromTaskDefinition(tx, project, task));
  return {
    id: project.id,
    name: definition.name,
    sourceId: project.sourceId ?? "",
    commit: project.commit ?? "",
    updateTime: timestampFromMs(project.updatedAt),
    tasks,
    templateNames: definition.templates.flatMap(({ name }) => name ?? []),
    dataSetNames: definition.dataSets.map(({ name }) => name),
    modelNames: definition.models.map(({ name }) => name),
    uploadCount: uploads,
  };
}

/** Unit of work: projects as the wire has them. */
async function describeProjects(tx: Tx, listed: readonly { readonly project: Project; readonly uploads: number }[]) {
  const projects: MessageInitShape<typeof ProjectSchema>[] = [];
  for (const { project, uploads } of listed) projects.push(await fromProject(tx, project, uploads));
  return projects;
}

/** Unit of work. */
function readProject(tx: Tx, id: string): Promise<Project> {
  return knownProject(tx, id);
}

/** Unit of work: a project as the wire has it. */
async function describeProject(tx: Tx, project: Project) {
  const uploads = project.sourceId === undefined ? await tx.projects.countUploads(project.definition.name) : 0;
  return fromProject(tx, project, uploads);
}

/** A project as it is kept, with the problems of its file. */
async function told({ store, projectFiles }: Ports, id: string) {
  const project = await store.transact(readProject, id);
  const { fileText = "", fileName = fileText && "ame.yaml", commit = "" } = project;
  const problems = fileText === "" ? [] : projectFiles.read(fileText).problems;
  return {
    project: await store.transact(describeProject, project),
    fileText,
    fileName,
    fileProblems: problems.map((problem) => ({ ...problem })),
    commit,
  };
}

/** A project as the file of a revision has it. */
async function toldAt(
  ports: Ports,
  ask: { readonly projectId: string; readonly revision: string },
  signal: AbortSignal,
) {
  const { project, file, commit } = await projectAt(ports, ask, signal);
  return {
    ...(project && { project: await ports.store.transact(describeProject, project) }),
    fileText: file?.text ?? "",
    fileName: file?.name ?? "",
    fileProblems: file?.problems.map((problem) => ({ ...problem })) ?? [],
    commit,
  };
}

export function projectHandlers(ports: Ports): ServiceImpl<typeof ProjectService> {
  const { store, projectFiles } = ports;
  return {
    async listProjects() {
      const projects = await store.view.listProjects();
      return { projects: await store.transact(describeProjects, projects) };
    },
    getProject({ id, revision }, { signal }) {
      return revision === "" ? told(ports, id) : toldAt(ports, { projectId: id, revision }, signal);
    },
    checkProjectFile({ text }) {
      return { problems: projectFiles.read(text).problems.map((problem) => ({ ...problem })) };
    },
    async createProject({ fileText, triggers }) {
      const project = await createFromFile(ports, { fileText, triggers });
      return { project: await store.transact(describeProject, project) };
    },
    async reuseProjectFiles({ projectId, files }) {
      return { missing: [...(await reuseFiles(ports, { projectId, files: files.map(toWantedFile) }))] };
    },
    async uploadProjectFiles(requests) {
      const { projectId, files } = await readUpload(requests);
      const uploaded = await uploadFiles(ports, projectId, files);
      return { fileCount: uploaded.files, byteCount: BigInt(uploaded.bytes) };
    },
  };
}
