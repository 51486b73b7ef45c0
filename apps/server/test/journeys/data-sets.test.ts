import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { DataSetService, DataSetState } from "@tributary/proto/tributary/v1/data_sets_pb";
import { LogService } from "@tributary/proto/tributary/v1/logs_pb";
import { SourceService, SourceState } from "@tributary/proto/tributary/v1/sources_pb";
import { TaskService, TaskState } from "@tributary/proto/tributary/v1/tasks_pb";
import { expect, it } from "vitest";
import { startGitServer } from "#test/git-server.ts";
import { ServerProcess } from "#test/server-process.ts";

const projectFile = `name: churn
dataSets:
  - name: customers
    path: data/customers
    task:
      name: fetch
      executor: !custom {pythonVersion: 3, command: "sleep 1; python3 fetch.py"}
  - name: nothing
    path: data/nothing
    task:
      name: none
      executor: !custom {pythonVersion: 3, command: "true"}
tasks:
  - name: count
    executor: !custom {pythonVersion: 3, command: "cat data/customers/*.csv; cat readme"}
    dataSets: [customers]
    artifactCfg: {saveChangedFiles: true}
  - name: never
    executor: !custom {pythonVersion: 3, command: "true"}
    dataSets: [nothing]
`;

const fetch = `import pathlib
folder = pathlib.Path("data/customers"); folder.mkdir(parents=True)
(folder / "a.csv").write_text("ada\\n"); (folder / "b.csv").write_text("bob\\n")
`;

it("tasks of a repository get a data set that is made once, across a restart; one that is empty ends them and their logs", async () => {
  const git = await startGitServer();
  let server = await ServerProcess.start();
  const to = () => createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" });
  const log = async (taskId: number) => {
    let text = "";
    for await (const { chunks } of createClient(LogService, to()).followLog({ taskId })) {
      for (const { content } of chunks) text += new TextDecoder().decode(content);
    }
    return text;
  };
  try {
    await git.push("churn", { "ame.yaml": projectFile, "fetch.py": fetch, readme: "read me\n" });
    const sources = createClient(SourceService, to());
    const { source } = await sources.createSource({ settings: { repository: git.url("churn") } });
    while ((await sources.getSource({ id: source!.id })).source?.state !== SourceState.SYNCHRONIZED) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const run = async (taskName: string) => {
      return (await createClient(TaskService, to()).runTask({ projectId: source!.id, taskName })).task!.id;
    };
    const [first, second, never] = [await run("count"), await run("count"), await run("never")];
    await server.kill();
    server = await ServerProcess.start({ dataFolder: server.dataFolder });
    for (const id of [first, second]) expect(await log(id)).toContain("ada\nbob\nread me\n");
    const { task, artifacts } = await createClient(TaskService, to()).getTask({ id: first });
    expect(task?.state).toBe(TaskState.SUCCEEDED);
    // what was brought is not what the task made
    expect(artifacts).toEqual([]);
    expect(await log(never)).toBe("");
    expect((await createClient(TaskService, to()).getTask({ id: never })).task).toMatchObject({
      state: TaskState.FAILED,
      reason: { message: expect.stringContaining("churn.nothing is empty") },
    });
    const { dataSets } = await createClient(DataSetService, to()).listDataSets({});
    expect(dataSets).toMatchObject([
      { id: "churn.customers", state: DataSetState.READY, fileCount: 2, byteCount: 8n },
      { id: "churn.nothing", state: DataSetState.FAILED },
    ]);
  } finally {
    await Promise.all([server.destroy(), git.close()]);
  }
});
