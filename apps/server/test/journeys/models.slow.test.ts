import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { AmeService } from "@tributary/proto/ame/v1/ame_pb";
import { DeploymentState, ModelService, ValidationState } from "@tributary/proto/tributary/v1/models_pb";
import { SourceService, SourceState } from "@tributary/proto/tributary/v1/sources_pb";
import { TaskService, TaskState } from "@tributary/proto/tributary/v1/tasks_pb";
import { expect, it, vi } from "vitest";
import { startGitServer } from "#test/git-server.ts";
import { modelProject } from "#test/models/model-project.ts";
import { ServerProcess } from "#test/server-process.ts";

const soon = { timeout: 60_000, interval: 50 };

it("a repository goes from a sync to a model that is trained, validated and answers over HTTP", async () => {
  const git = await startGitServer();
  const server = await ServerProcess.start();
  const to = createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" });
  const [models, tasks] = [createClient(ModelService, to), createClient(TaskService, to)];
  try {
    await git.push("shop", modelProject());
    const sources = createClient(SourceService, to);
    const { source } = await sources.createSource({ settings: { repository: git.url("shop") } });
    await vi.waitFor(async () => {
      expect((await sources.getSource({ id: source!.id })).source?.state).toBe(SourceState.SYNCHRONIZED);
    }, soon);
    await createClient(AmeService, to).trainModel({ projectid: "shop", modelName: "doubler" });
    const detail = () => models.getModel({ id: "shop/doubler" });
    const training = (await detail()).trainings[0]!;
    await vi.waitFor(async () => {
      expect((await tasks.getTask({ id: training.id })).task?.state).toBe(TaskState.SUCCEEDED);
    }, soon);
    await vi.waitFor(async () => {
      const { versions, model } = await detail();
      expect(versions[0]).toMatchObject({ version: 1, validation: ValidationState.VALID, trainingTaskId: training.id });
      expect(model?.deployment).toMatchObject({ state: DeploymentState.FOLLOWING, version: 1, readyReplicas: 1 });
    }, soon);
    const answer = await fetch(`${server.url}/projects/shop/models/doubler/invocations`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ dataframe_split: { columns: ["x"], data: [[21]] } }),
    });
    expect(await answer.json()).toEqual({ predictions: [{ doubled: 42, version: 1 }] });
  } finally {
    await server.destroy();
    await git.close();
  }
}, 240_000);
