import { resolve } from "node:path";
import { CheckProjectFileResponseSchema, ProjectService } from "@tributary/proto/tributary/v1/projects_pb";
import { type Command, textOf } from "#cli/command.ts";
import { projectFile } from "#cli/commands/run.ts";
import { exitCodes } from "#cli/exit-codes.ts";

export const check: Command = {
  name: "check",
  operands: "",
  summary: "say what is wrong with the project file of this folder",
  options: { folder: { type: "string" } },
  help: { "folder DIR": "the project's folder; the present one otherwise" },
  async run({ connection, output, folder }, _, values) {
    const text = await projectFile(resolve(folder, textOf(values, "folder") ?? "."));
    const answer = await connection.client(ProjectService).checkProjectFile({ text });
    output.message(CheckProjectFileResponseSchema, answer, () => {
      const lines = answer.problems.map(
        ({ line, column, message, warning }) => `ame.yaml:${line}:${column}: ${warning ? "warning: " : ""}${message}`,
      );
      return lines.join("\n") || "ame.yaml is good";
    });
    return answer.problems.some(({ warning }) => !warning) ? exitCodes.failed : exitCodes.done;
  },
};
