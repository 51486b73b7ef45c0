import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { ProjectService } from "@tributary/proto/tributary/v1/projects_pb";
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
  summary: "upload this folder, run one of its tasks, and follow its log to the end",
  options: {
    folder: { type: "string" },
    detach: { type: "boolean", short: "d" },
    env: { type: "string", short: "e", multiple: true },
    retries: { type: "string" },
  },
  help: {
    "folder DIR": "the project's folder; the present one otherwise",
    "detach, -d": "print the task and do not follow it",
    "env, -e NAME=VALUE": "set a variable for this run; never for secrets",
    "retries N": "more tries when the task fails",
  },
  async run(context, [name], values) {
    const folder = resolve(context.folder, textOf(values, "folder") ?? ".");
    const variables = variablesOf(values);
    const retries = numberOf(values, "retries");
    const project = await upload(context, folder, name);
    const { task } = await context.connection.client(TaskService).runTask({
      projectId: project.id,
      taskName: project.task,
      variables,
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
  const names = project.tasks.map((task) => task.name);
  const task = name ?? (names.length === 1 ? names[0] : undefined);
  if (task === undefined || !names.includes(task)) {
    const known = names.join(", ") || "none";
    throw new UsageFailure(
      name === undefined
        ? `run: which task? Project ${project.name} has: ${known}`
        : `run: project ${project.name} has no task ${name}; it has: ${known}`,
    );
  }
  const sent = await uploadFolder(connection, project.id, folder, await listFiles(folder));
  output.remark(
    `uploaded ${sent.files} files (${sizeWord(sent.bytes)}); sent ${sent.sentFiles} that were new (${sizeWord(sent.sentBytes)})`,
  );
  return { id: project.id, task };
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
