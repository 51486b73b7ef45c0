import {
  CreateSourceResponseSchema,
  DeleteSourceResponseSchema,
  ListSourcesResponseSchema,
  type Source,
  SourceService,
  SourceState,
  SyncSourceResponseSchema,
} from "@tributary/proto/tributary/v1/sources_pb";
import { type Command, type Context, textOf } from "#cli/command.ts";
import { exitCodes } from "#cli/exit-codes.ts";
import { Failure } from "#cli/failure.ts";
import { toTable } from "#cli/output.ts";
import { timeWord } from "#cli/words.ts";

/** A source by its id or by its repository. */
async function idOf({ connection }: Context, text: string): Promise<string> {
  const { sources } = await connection.client(SourceService).listSources({});
  const found = sources.find(({ id, settings }) => id === text || settings?.repository === text);
  if (!found) throw new Failure(`there is no source ${text}; see: tributary sources list`);
  return found.id;
}

function describe({ id, settings, state, reason }: Source): string {
  return `source ${id} ${settings?.repository ?? ""} ${stateWord(state)}${reason ? `: ${reason}` : ""}`;
}

function stateWord(state: SourceState): string {
  return (SourceState[state] ?? "unknown").toLowerCase();
}

export const sourcesList: Command = {
  name: "sources list",
  operands: "",
  summary: "list the git sources",
  options: {},
  async run({ connection, output }) {
    const answer = await connection.client(SourceService).listSources({});
    output.message(ListSourcesResponseSchema, answer, () => {
      if (answer.sources.length === 0) return "no sources";
      const rows = answer.sources.map((source) => [
        source.id,
        stateWord(source.state),
        source.projectName,
        timeWord(source.lastSyncTime),
        source.settings?.repository ?? "",
        source.reason,
      ]);
      return toTable(["ID", "STATE", "PROJECT", "SYNCED", "REPOSITORY", "WHY"], rows);
    });
    return exitCodes.done;
  },
};

export const sourcesAdd: Command = {
  name: "sources add",
  operands: "REPOSITORY",
  summary: "add a git repository that has an ame.yaml",
  options: {
    user: { type: "string" },
    secret: { type: "string" },
    interval: { type: "string" },
    schedules: { type: "boolean" },
  },
  help: {
    "user NAME": "who logs in to the repository",
    "secret KEY": "the secret that holds the password or token",
    "interval TIME": "how often it is synced: 30s, 5m, 1h",
    schedules: "follow the schedules of its tasks",
  },
  async run({ connection, output }, [repository = ""], values) {
    const answer = await connection.client(SourceService).createSource({
      settings: {
        repository,
        username: textOf(values, "user") ?? "",
        secretKey: textOf(values, "secret") ?? "",
        syncInterval: textOf(values, "interval") ?? "",
        runSchedules: values.schedules === true,
      },
    });
    output.message(CreateSourceResponseSchema, answer, () => (answer.source ? describe(answer.source) : ""));
    return exitCodes.done;
  },
};

export const sourcesSync: Command = {
  name: "sources sync",
  operands: "SOURCE",
  summary: "sync a source now; SOURCE is its id or its repository",
  options: {},
  async run(context, [source = ""]) {
    const id = await idOf(context, source);
    const answer = await context.connection.client(SourceService).syncSource({ id });
    context.output.message(SyncSourceResponseSchema, answer, () => `source ${id} is being synced`);
    return exitCodes.done;
  },
};

export const sourcesDelete: Command = {
  name: "sources delete",
  operands: "SOURCE",
  summary: "delete a source; its tasks and logs stay",
  options: {},
  async run(context, [source = ""]) {
    const id = await idOf(context, source);
    const answer = await context.connection.client(SourceService).deleteSource({ id });
    context.output.message(DeleteSourceResponseSchema, answer, () => `source ${id} is deleted`);
    return exitCodes.done;
  },
};
