import { createHmac } from "node:crypto";
import { homedir } from "node:os";
import { join } from "node:path";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { ModelService, ValidationState } from "@tributary/proto/tributary/v1/models_pb";
import { SecretService } from "@tributary/proto/tributary/v1/secrets_pb";
import { SourceService, SourceState, WebhookOutcome } from "@tributary/proto/tributary/v1/sources_pb";
import { afterAll, beforeAll, expect, it } from "vitest";
import { newCanary } from "#test/canaries.ts";
import { type GitServer, startGitServer } from "#test/git-server.ts";
import { ServerProcess } from "#test/server-process.ts";

/** Kept between runs: what takes long is installing MLflow. */
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "tributary/test-environments/worker");
const packages = ["mlflow-skinny==3.17.2", "pandas==3.1.1"];

const withModel = {
  "ame.yaml": `name: scores
models:
  - name: doubler
    training: {task: {name: fit, executor: !pip {pythonVersion: 3, command: python train.py}}}
    validationTask: {name: check, executor: !pip {pythonVersion: 3, command: python check.py}}
    deployment: {replicas: 1}
`,
  "requirements.txt": `${packages.join("\n")}\n`,
  "train.py": `import mlflow
from mlflow.pyfunc import PythonModel

class Doubler(PythonModel):
    def predict(self, context, model_input, params=None):
        return [2.0 * x for x in model_input["x"]]

with mlflow.start_run():
    mlflow.log_param("factor", 2)
    mlflow.log_metric("rmse", 0.5)
    mlflow.pyfunc.log_model(
        name="model",
        python_model=Doubler(),
        registered_model_name="doubler",
        pip_requirements=${JSON.stringify(packages)},
    )
`,
  "check.py": `import os, mlflow.pyfunc, pandas
model = mlflow.pyfunc.load_model(os.environ["TRIBUTARY_MODEL_URI"])
assert model.predict(pandas.DataFrame({"x": [3.0]})) == [6.0]
`,
};

let git: GitServer;
let server: ServerProcess;
const to = () => createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" });

beforeAll(async () => {
  git = await startGitServer();
  server = await ServerProcess.start({ environment: { TRIBUTARY_ENVIRONMENTS: cache } });
});
afterAll(async () => {
  await server.destroy();
  await git.close();
});

/** What a git host sends to a webhook after a push. */
async function deliver(path: string, secret: string): Promise<number> {
  const body = JSON.stringify({ ref: "refs/heads/main" });
  const signature = `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
  const headers = { "content-type": "application/json", "x-github-event": "push", "x-hub-signature-256": signature };
  return (await fetch(`${server.url}${path}`, { method: "POST", headers, body })).status;
}

it("a push with a model is synced by its webhook, trained by MLflow's library, validated, served, and answers", async () => {
  const sources = createClient(SourceService, to());
  const models = createClient(ModelService, to());
  const secret = newCanary();
  await createClient(SecretService, to()).createSecret({ key: "hook", value: secret });
  await git.push("scores", { "ame.yaml": "name: scores\n" });
  const { source: made } = await sources.createSource({
    settings: { repository: git.url("scores"), webhookSecretKey: "hook", syncInterval: "1h" },
  });
  const id = made?.id ?? "";
  const source = async () => (await sources.getSource({ id })).source;
  await expect.poll(async () => (await source())?.state, { timeout: 60_000 }).toBe(SourceState.SYNCHRONIZED);
  const first = (await source())?.commit;

  await git.push("scores", withModel);
  expect(await deliver((await source())?.webhookPath ?? "", secret)).toBe(202);
  await expect.poll(async () => (await source())?.commit, { timeout: 60_000 }).not.toBe(first);
  expect((await source())?.lastDelivery).toMatchObject({ event: "push", outcome: WebhookOutcome.SYNC });

  const model = { id: "scores/doubler" };
  await models.trainModel(model);
  const served = async () => {
    const { versions, model: found } = await models.getModel(model);
    return { version: versions[0], ready: found?.deployment?.readyReplicas };
  };
  await expect.poll(served, { timeout: 540_000, interval: 500 }).toMatchObject({
    ready: 1,
    version: { metrics: { rmse: 0.5 }, parameters: { factor: "2" }, validation: ValidationState.VALID },
  });

  const ask = (body: object) =>
    fetch(`${server.url}/projects/scores/models/doubler/invocations`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  const answer = await ask({ dataframe_split: { columns: ["x"], data: [[1], [2.5]] } });
  expect(await answer.json()).toEqual({ predictions: [2, 5] });
  expect((await ask({ nothing: 1 })).status).toBe(400);
}, 600_000);
