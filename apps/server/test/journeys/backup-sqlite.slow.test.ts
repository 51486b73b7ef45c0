import { execFile } from "node:child_process";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { LogService } from "@tributary/proto/tributary/v1/logs_pb";
import { SourceService, SourceState } from "@tributary/proto/tributary/v1/sources_pb";
import { SystemService } from "@tributary/proto/tributary/v1/system_pb";
import { TaskService, TaskState } from "@tributary/proto/tributary/v1/tasks_pb";
import { expect, it } from "vitest";
import { type GitServer, startGitServer } from "#test/git-server.ts";
import { ServerProcess } from "#test/server-process.ts";

const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
const decode = (chunks: readonly Uint8Array[]) => Buffer.concat(chunks).toString();

/** Calls of one server. */
function calls(server: ServerProcess) {
  const transport = createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" });
  const tasks = createClient(TaskService, transport);
  return {
    tasks,
    sources: createClient(SourceService, transport),
    system: createClient(SystemService, transport),
    async log(taskId: number) {
      const { lines } = await createClient(LogService, transport).readLogLines({ taskId, limit: 1_000 });
      return lines.map(({ text }) => text);
    },
    async artifact(taskId: number, attempt: number, path: string) {
      const chunks: Uint8Array[] = [];
      for await (const { content } of tasks.downloadArtifact({ taskId, attempt, path })) chunks.push(content);
      return decode(chunks);
    },
  };
}

async function addSource(server: ServerProcess, git: GitServer): Promise<string> {
  await git.push("load", {
    "ame.yaml":
      "name: load\ntasks:\n  - name: one\n    executor: !custom {pythonVersion: 3, command: 'sh one.sh'}\n" +
      "    artifactCfg: {saveChangedFiles: true}\n",
    "one.sh": 'for i in 1 2 3 4 5 6 7 8; do echo "line $i of $N"; done; echo "artifact of $N" > out.txt\n',
  });
  const { sources } = calls(server);
  const { source } = await sources.createSource({ settings: { repository: git.url("load") } });
  for (;;) {
    const now = (await sources.getSource({ id: source!.id })).source;
    if (now?.state === SourceState.SYNCHRONIZED) return source!.id;
    if (now?.state === SourceState.ERROR) throw new Error(now.reason);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

it("makes a backup under load from which everything acknowledged before comes back elsewhere", async () => {
  const git = await startGitServer();
  const first = await ServerProcess.start();
  const target = await mkdtemp(join(tmpdir(), "tributary-restored-"));
  let second: ServerProcess | undefined;
  try {
    const { tasks, system } = calls(first);
    const projectId = await addSource(first, git);
    /** What was acknowledged, by id. */
    const acknowledged = new Map<number, string>();
    const ended = new Set<number>();
    let going = true;
    const submit = async (seed: number) => {
      for (let n = 0; going; n++) {
        const value = `${seed}-${n}`;
        const { task } = await tasks.runTask({ projectId, taskName: "one", variables: [{ name: "N", value }] });
        acknowledged.set(task!.id, value);
        for (;;) {
          const { state } = (await tasks.getTask({ id: task!.id })).task!;
          if (state === TaskState.SUCCEEDED) break;
          if (!going) return;
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
        ended.add(task!.id);
      }
    };
    const load = Promise.all([1, 2, 3].map(submit));
    while (ended.size < 12) await new Promise((resolve) => setTimeout(resolve, 20));
    const [before, endedBefore] = [new Map(acknowledged), new Set(ended)];
    const told = await Array.fromAsync(system.createBackup({}));
    const backup = told.at(-1)!.backup!;
    const during = acknowledged.size;
    // The load goes on after it too.
    while (ended.size < endedBefore.size + 6) await new Promise((resolve) => setTimeout(resolve, 20));
    going = false;
    await load;
    expect(during).toBeGreaterThanOrEqual(before.size);
    expect(acknowledged.size).toBeGreaterThan(before.size);

    const environment = { PATH: process.env.PATH, HOME: process.env.HOME, TRIBUTARY_DATA: target };
    const { stdout } = await promisify(execFile)(process.execPath, [main, "restore", backup.path], {
      env: environment,
    });
    expect(stdout).toContain(`are in ${target}`);
    await copyFile(join(first.dataFolder, "master.key"), join(target, "master.key"));
    const again = promisify(execFile)(process.execPath, [main, "restore", backup.path], { env: environment });
    await expect(again).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining("is not empty") });

    second = await ServerProcess.start({ dataFolder: target });
    const restored = calls(second);
    for (const [id, value] of before) {
      const { task, artifacts } = await restored.tasks.getTask({ id });
      if (!endedBefore.has(id)) continue;
      expect(task?.state, `task ${id}`).toBe(TaskState.SUCCEEDED);
      const lines = Array.from({ length: 8 }, (_, n) => `line ${n + 1} of ${value}`);
      expect((await restored.log(id)).filter((line) => line.startsWith("line "))).toEqual(lines);
      expect(artifacts.map(({ path }) => path)).toEqual(["out.txt"]);
    }
    // What ran is lost with its worker and tried again; what waited is run.
    const open = [TaskState.WAITING, TaskState.QUEUED, TaskState.ACTIVE, TaskState.CANCELLING];
    while ((await restored.tasks.listTasks({ filter: { states: open } })).tasks.length > 0) {
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    // Whatever the tables name is there, also of tasks that came while it was made.
    const { tasks: all } = await restored.tasks.listTasks({ pageSize: 500 });
    expect(all.map(({ id }) => id)).toEqual(expect.arrayContaining([...before.keys()]));
    for (const { id, state } of all) {
      expect(state, `task ${id}`).toBe(TaskState.SUCCEEDED);
      const { artifacts } = await restored.tasks.getTask({ id });
      for (const { attempt, path } of artifacts) {
        expect(await restored.artifact(id, attempt, path)).toBe(`artifact of ${acknowledged.get(id)}\n`);
      }
    }
  } finally {
    await first.destroy();
    await second?.destroy();
    await rm(target, { recursive: true, force: true });
    await git.close();
  }
}, 180_000);
