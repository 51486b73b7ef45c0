import { createHash } from "node:crypto";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { ArtifactService, ListArtifactsResponseSchema } from "@tributary/proto/tributary/v1/artifacts_pb";
import { type Artifact, TaskService } from "@tributary/proto/tributary/v1/tasks_pb";
import { type Command, type Context, numberOf, textOf } from "#cli/command.ts";
import { idOf } from "#cli/commands/tasks.ts";
import { exitCodes } from "#cli/exit-codes.ts";
import { Failure } from "#cli/failure.ts";
import { toTable } from "#cli/output.ts";
import { sizeWord } from "#cli/words.ts";

const pageSize = 1_000;

async function* artifactsOf({ connection }: Pick<Context, "connection">, taskId: number, attempt: number) {
  const client = connection.client(ArtifactService);
  let pageToken = "";
  do {
    const page = await client.listArtifacts({ taskId, attempt, pageSize, pageToken });
    yield page;
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
}

export const artifactsList: Command = {
  name: "artifacts list",
  operands: "ID",
  summary: "list the files that a task has left",
  options: { attempt: { type: "string" } },
  help: { "attempt N": "those of one attempt" },
  async run(context, [id], values) {
    for await (const page of artifactsOf(context, idOf(id), numberOf(values, "attempt", 1) ?? 0)) {
      context.output.message(ListArtifactsResponseSchema, page, () => listOf(page.artifacts));
    }
    return exitCodes.done;
  },
};

function listOf(artifacts: readonly Artifact[]): string {
  if (artifacts.length === 0) return "no files";
  const rows = artifacts.map(({ attempt, sizeBytes, sha256, path }) => [
    String(attempt),
    sizeWord(sizeBytes),
    sha256.slice(0, 12),
    path,
  ]);
  return toTable(["TRY", "SIZE", "SHA-256", "PATH"], rows);
}

export const artifactsGet: Command = {
  name: "artifacts get",
  operands: "ID [PATH...]",
  summary: "download files of a task, all when none is named",
  options: { attempt: { type: "string" }, into: { type: "string" } },
  help: { "attempt N": "as that attempt left them; the last otherwise", "into DIR": "where to; here otherwise" },
  async run(context, [id, ...paths], values) {
    const taskId = idOf(id);
    const attempt = numberOf(values, "attempt", 1) ?? 0;
    const folder = resolve(context.folder, textOf(values, "into") ?? ".");
    const newest = new Map<string, Artifact>();
    for await (const { artifacts } of artifactsOf(context, taskId, attempt)) {
      for (const artifact of artifacts) newest.set(artifact.path, artifact);
    }
    const wanted = paths.length > 0 ? paths : [...newest.keys()];
    if (wanted.length === 0) throw new Failure(`task ${taskId} has left no file`);
    for (const path of wanted) {
      const artifact = newest.get(path);
      if (!artifact)
        throw new Failure(`task ${taskId} has left no file ${path}; see: tributary artifacts list ${taskId}`);
      await download(context, taskId, artifact, safePlace(folder, path));
      context.output.result({ path, sizeBytes: Number(artifact.sizeBytes), sha256: artifact.sha256 }, () => path);
    }
    return exitCodes.done;
  },
};

/** A server is not trusted with where files go. */
function safePlace(folder: string, path: string): string {
  const bad =
    path.startsWith("/") || path.includes("\\") || path.split("/").some((part) => part === ".." || part === "");
  if (bad) throw new Failure(`the server names a file ${JSON.stringify(path)}, which could leave ${folder}`);
  return join(folder, path);
}

/** Under another name until everything has come and has the right hash. */
async function download(
  { connection, signal }: Context,
  taskId: number,
  artifact: Artifact,
  to: string,
): Promise<void> {
  const { path, attempt, sha256 } = artifact;
  await mkdir(dirname(to), { recursive: true });
  const unfinished = `${to}.part`;
  const hash = createHash("sha256");
  const file = createWriteStream(unfinished);
  try {
    await once(file, "open");
    const pieces = connection.client(TaskService).downloadArtifact({ taskId, path, attempt }, { signal });
    for await (const { content } of pieces) {
      hash.update(content);
      if (!file.write(content)) await once(file, "drain");
    }
    file.end();
    await once(file, "close");
    if (hash.digest("hex") !== sha256) throw new Failure(`${path} came damaged; try again`);
    await rename(unfinished, to);
  } catch (error) {
    file.destroy();
    await rm(unfinished, { force: true });
    throw error;
  }
}
