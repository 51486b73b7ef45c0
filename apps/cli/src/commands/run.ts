import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type Project, ProjectService } from "@tributary/proto/tributary/v1/projects_pb";
import { TaskSchema, TaskService } from "@tributary/proto/tributary/v1/tasks_pb";
import { type Command, type Context, numberOf, textOf, type Values } from "#cli/command.ts";
import { exitCodes } from "#cli/exit-codes.ts";
import { Failure, UsageFailure } from "#cli/failure.ts";
import { listFiles } from "#cli/folder/list-files.ts";
import { uploadFolder } from "#cli/folder/upload-folder.ts";
import { exitCodeOf, followTask } from "#cli/follow-task.ts";
import { describeTask, sizeWord } from "#cli/words.ts";

export const run: Command = {
  name: "run",
  operands: "[TASK]",
  summary: "upload this folder, or name a project, run one of its tasks, and follow its log to the end",
  options: {
    folder: { type: "string" },
    project: { type: "string" },
    label: { type: "string", short: "l", multiple: true },
    detach: { type: "boolean", short: "d" },
    env: { type: "string", short: "e", multiple: true },
    retries: { type: "string" },
  },
  help: {
    "folder DIR": "the project's folder; the present one otherwise",
    "project ID": "a project that the server has, as it was synced; nothing is uploaded then",
    "detach, -d": "print the task and do not follow it",
    "env, -e NAME=VALUE": "set a variable for this run; never for secrets",
    "label, -l KEY=VALUE": "a word to find the run by; may be given again",
    "retries N": "more tries when the task fails",
  },
  async run(context, [name], values) {
    const variables = variablesOf(values);
    const labels = labelsOf(values);
    const retries = numberOf(values, "retries");
    const project = await chooseProject(context, values, name);
    const { task } = await context.connection.client(TaskService).runTask({
      projectId: project.id,
      taskName: project.task,
      variables,
      labels,
      ...(retries === undefined ? {} : { userRetries: retries }),
    });
    if (!task) throw new Failure("the server did not say which task it runs");
    context.output.remark(`task ${task.id}: ${context.connection.server}/tasks/${task.id}`);
    if (values.detach === true) {
      context.output.message(TaskSchema, task, () => String(task.id));
      return exitCodes.done;
    }
    const ended = await followTask(context, task.id);
    context.output.remark(describeTask(ended));
    if (context.output.json) context.output.message(TaskSchema, ended, () => "");
    return exitCodeOf(ended);
  },
};

function chooseProject(context: Context, values: Values, name: string | undefined) {
  const id = textOf(values, "project");
  if (id === undefined) return upload(context, resolve(context.folder, textOf(values, "folder") ?? "."), name);
  if (textOf(values, "folder") !== undefined) throw new UsageFailure("run: --project and --folder exclude each other");
  return knownProject(context, id, name);
}

/** A project that the server has, and which of its tasks is meant. */
async function knownProject({ connection }: Context, id: string, name: string | undefined) {
  const { project } = await connection.client(ProjectService).getProject({ id });
  if (!project) throw new Failure("the server did not say what is in the project");
  return { id, task: chooseTask(project, name) };
}

/** Makes a project of a folder; answers its id and which task is meant. */
async function upload(
  { connection, output }: Context,
  folder: string,
  name: string | undefined,
): Promise<{ readonly id: string; readonly task: string }> {
  const fileText = await projectFile(folder);
  const projects = connection.client(ProjectService);
  const { project } = await projects.createProject({ fileText });
  if (!project) throw new Failure("the server did not say which project it made");
  const task = chooseTask(project, name);
  const sent = await uploadFolder(connection, project.id, folder, await listFiles(folder));
  output.remark(
    `uploaded ${sent.files} files (${sizeWord(sent.bytes)}); sent ${sent.sentFiles} that were new (${sizeWord(sent.sentBytes)})`,
  );
  return { id: project.id, task };
}

/** @throws UsageFailure when the project has no such task, or several and none is named */
function chooseTask(project: Project, name: string | undefined): string {
  const names = project.tasks.map((task) => task.name);
  const task = name ?? (names.length === 1 ? names[0] : undefined);
  if (task !== undefined && names.includes(task)) return task;
  const known = names.join(", ") || "none";
  throw new UsageFailure(
    name === undefined
      ? `run: which task? Project ${project.name} has: ${known}`
      : `run: project ${project.name} has no task ${name}; it has: ${known}`,
  );
}

/** @throws Failure when the folder has no project file */
export async function projectFile(folder: string): Promise<string> {
  for (const name of ["ame.yaml", "ame.yml"]) {
    try {
      return await readFile(join(folder, name), "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
  throw new Failure(`${folder} has no ame.yaml: it says what the project is called and which tasks it has`);
}

function variablesOf({ env = [] }: Values) {
  const given = Array.isArray(env) ? env.map(String) : [];
  return given.map((text) => {
    const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(text) ?? [];
    if (name === undefined || value === undefined) throw new UsageFailure(`--env: ${text} is not NAME=VALUE`);
    return { name, value };
  });
}

function labelsOf({ label = [] }: Values) {
  const given = Array.isArray(label) ? label.map(String) : [];
  return given.map((text) => {
    const at = text.indexOf("=");
    if (at < 1) throw new UsageFailure(`--label: ${text} is not KEY=VALUE`);
    return { key: text.slice(0, at), value: text.slice(at + 1) };
  });
}
