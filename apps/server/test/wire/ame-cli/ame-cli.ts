import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  AmeService,
  type ProjectCfgSchema,
  type ProjectFileChunkSchema,
  ProjectSourceState,
  type ProjectSourceStatus,
  type TaskCfg,
  type TaskCfgSchema,
} from "@tributary/proto/ame/v1/ame_pb";
import { CliError, CliSession } from "./cli-session.ts";

const { method } = AmeService;

export type Chunk = MessageInitShape<typeof ProjectFileChunkSchema>;

/** A folder that is uploaded: contents by path, `./` in front, as the CLI walks it. */
export type Folder = Readonly<Record<string, Uint8Array | string>>;

/** What a command printed and how it ended. */
export interface Ended {
  readonly exit: 0 | 1;
  readonly printed: string;
}

/** A file as the CLI sends it: who it is, then pieces of one size; no piece for an empty one. */
export function* chunksOf(project: string, path: string, content: Uint8Array | string, size: number): Iterable<Chunk> {
  const bytes = Buffer.from(content);
  yield { messages: { case: "identifier", value: { taskid: project, filepath: path } } };
  for (let at = 0; at < bytes.length; at += size) {
    yield { messages: { case: "chunk", value: { contents: bytes.subarray(at, at + size) } } };
  }
}

/**
 * The AME command line, by what it sends and what it makes of answers: a method a command, each with the calls of that
 * command in their order. Where its own reading of an answer would end it with a panic, an error is thrown here.
 */
export class AmeCli {
  readonly session: CliSession;

  constructor(url: string, idToken: string | undefined = "") {
    this.session = new CliSession(url, idToken);
  }

  /** Saves its settings only when the call fails; says to log in only when the text tells 401. */
  async setup(): Promise<Ended & { readonly saved: boolean }> {
    try {
      await this.session.unary(method.getTask, { name: "testssfsf" });
      return { exit: 0, printed: "", saved: false };
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      const printed = error.message.includes("401") ? "log in first" : "could not reach";
      return { exit: 0, printed, saved: true };
    }
  }

  async projectPush(cfg: MessageInitShape<typeof ProjectCfgSchema>, folder: Folder, triggers = false): Promise<string> {
    return this.#push(cfg, folder, triggers, 100);
  }

  /** Does what a push without triggers does. */
  async projectDelete(cfg: MessageInitShape<typeof ProjectCfgSchema>, folder: Folder): Promise<string> {
    return this.#push(cfg, folder, false, 100);
  }

  /** @returns name of the task, and its log when that is asked for */
  async taskRun(
    cfg: MessageInitShape<typeof ProjectCfgSchema>,
    folder: Folder,
    task: MessageInitShape<typeof TaskCfgSchema>,
    { logs = false } = {},
  ): Promise<{ readonly project: string; readonly name: string; readonly log: string }> {
    const project = await this.#push(cfg, folder, false, 1_000);
    const { name } = await this.session.unary(method.runTask, { projectId: { name: project }, taskCfg: task });
    return { project, name, log: logs ? await this.#log(name) : "" };
  }

  /** The picker's list, then the log of what was picked. */
  async taskLogs(pick: string): Promise<string> {
    await this.#picker(pick);
    return this.#log(pick);
  }

  /** Phases by name. */
  async taskList(): Promise<Readonly<Record<string, string>>> {
    const { tasks } = await this.session.unary(method.listTasks, {});
    return Object.fromEntries(
      Object.entries(tasks).map(([name, { status }]) => {
        if (!status?.phase.case) throw new Error(`the CLI panics: task ${name} has no phase`);
        return [name, status.phase.case];
      }),
    );
  }

  async taskView(name: string, { picker = false } = {}): Promise<TaskCfg> {
    if (picker) await this.#picker(name);
    return this.session.unary(method.getTask, { name });
  }

  async taskRemove(name: string, { approve = false, picker = false } = {}): Promise<Ended> {
    if (picker) await this.#picker(name);
    return ended(this.session.unary(method.removeTask, { name, approve }));
  }

  /** Asks every 100 ms: until there is a status, then until it says that the sync has ended. */
  async sourceCreate(repository: string, git: { secret?: string; username?: string } = {}): Promise<Ended> {
    const { name } = await this.session.unary(method.createProjectSrc, {
      git: { repository, syncInterval: "10s", ...git },
    });
    for (let failures = 0; ; await new Promise((resolve) => setTimeout(resolve, 100))) {
      let status: ProjectSourceStatus;
      try {
        status = await this.session.unary(method.getProjectSrcStatus, { name });
      } catch (error) {
        if (++failures > 100) throw new Error("the CLI panics: there is no status", { cause: error });
        continue;
      }
      const over = readState(status);
      if (over) return over;
    }
  }

  async sourceEdit(repository: string, git: { secret?: string; username?: string } = {}): Promise<Ended> {
    const { name } = await this.session.unary(method.getProjectSrcId, { repo: repository });
    await this.session.unary(method.updateProjectSrc, {
      id: { name },
      cfg: { git: { repository, syncInterval: "10s", ...git } },
    });
    for await (const status of this.session.stream(method.watchProjectSrc, { name })) {
      const over = readState(status);
      if (over) return over;
    }
    throw new Error("the watch ended");
  }

  async sourceDelete(repository: string): Promise<Ended> {
    const { name } = await this.session.unary(method.getProjectSrcId, { repo: repository });
    return ended(this.session.unary(method.deleteProjectSrc, { name }));
  }

  async sourceList(): Promise<readonly (readonly [string, string, string])[]> {
    const { cfgs } = await this.session.unary(method.listProjectSrcs, {});
    return cfgs.map(({ git }) => [git?.repository ?? "", git?.username ?? "", git?.secret ?? ""]);
  }

  /** The only call that has a deadline. */
  secretCreate(key: string, value: string): Promise<Ended> {
    return ended(this.session.unary(method.createSecret, { key, value }, { timeout: 5_000_000 }));
  }

  secretDelete(key: string): Promise<Ended> {
    return ended(this.session.unary(method.deleteSecret, { key }));
  }

  async secretList(): Promise<readonly string[]> {
    const { secrets } = await this.session.unary(method.listSecrets, {});
    return secrets.map(({ key }) => key);
  }

  train(project: string, model: string): Promise<Ended> {
    return ended(this.session.unary(method.trainModel, { projectid: project, modelName: model }));
  }

  async #push(
    cfg: MessageInitShape<typeof ProjectCfgSchema>,
    folder: Folder,
    enableTriggers: boolean,
    chunk: number,
  ): Promise<string> {
    const { name } = await this.session.unary(method.createProject, { cfg, enableTriggers });
    for (const [path, content] of Object.entries(folder)) {
      await this.session.upload(method.uploadProjectFile, chunksOf(name, path, content, chunk));
    }
    return name;
  }

  /** Every entry must be valid by itself: the CLI stops at the first that is not. */
  async #log(name: string): Promise<string> {
    const decoder = new TextDecoder("utf-8", { fatal: true });
    let log = "";
    const asked = { taskid: { name }, startFrom: 1, watch: true };
    for await (const { contents } of this.session.stream(method.streamTaskLogs, asked)) log += decoder.decode(contents);
    return log;
  }

  async #picker(pick: string): Promise<void> {
    const { tasks } = await this.session.unary(method.listTasks, {});
    if (!(pick in tasks)) throw new Error(`the picker does not show ${pick}`);
  }
}

async function ended(call: Promise<unknown>): Promise<Ended> {
  try {
    await call;
    return { exit: 0, printed: "" };
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    return { exit: 1, printed: error.message };
  }
}

/** Undefined while it goes on waiting. Whatever is neither Pending nor Synchronized is a failure to it. */
function readState({ state, reason = "" }: ProjectSourceStatus): Ended | undefined {
  if (state === ProjectSourceState.Pending) return undefined;
  return state === ProjectSourceState.Synchronized ? { exit: 0, printed: "" } : { exit: 1, printed: reason };
}
