import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Code, createClient } from "@connectrpc/connect";
import { AmeService } from "@tributary/proto/ame/v1/ame_pb";
import {
  DeploymentState,
  ModelService,
  ModelVersionStatus,
  ReplicaState,
  ValidationState,
} from "@tributary/proto/tributary/v1/models_pb";
import { TaskService, TaskState } from "@tributary/proto/tributary/v1/tasks_pb";
import { WatchService, WatchTopic } from "@tributary/proto/tributary/v1/watch_pb";
import { expect, it } from "vitest";
import { deployModel } from "#core/models/deploy-model.ts";
import { refreshModel } from "#core/models/refresh-model.ts";
import { unpack } from "#test/conformance/unpack.ts";
import { refusal, rpc, server } from "#test/facades/suite.ts";
import { HandWorker } from "#test/hand-worker.ts";
import { worker } from "#test/in-process.ts";

const ame = () => createClient(AmeService, server.transport());
const models = () => createClient(ModelService, server.transport());
const tasks = () => createClient(TaskService, server.transport());
const hand = (id: string) =>
  HandWorker.start(server.transport(worker), { id, slots: 1, offers: { "model-replica": 4n } });
const never = new AbortController().signal;

const custom = { case: "custom" as const, value: { pythonVersion: "3", command: "true" } };

interface PushOptions {
  readonly deployment?: object;
  readonly validation?: string;
}

/** Pushes a project with one model; answers the model's id. */
async function push(name: string, { deployment, validation = "check" }: PushOptions = {}): Promise<string> {
  const model = {
    name: "price",
    training: { task: { taskRef: { name: "fit" } } },
    ...(validation === "" ? {} : { validationTask: { taskRef: { name: validation } } }),
    ...(deployment ? { deployment } : {}),
  };
  const runnable = ["fit", "check"].map((each) => ({ name: each, executor: custom }));
  await ame().createProject({ cfg: { name, tasks: runnable, models: [model] } });
  return `${name}/price`;
}

/** Writes a version into the tracking store's folder, as MLflow's library does. */
async function register(version: number, { status = "READY", flavor = "python_function" } = {}): Promise<void> {
  const root = join(server.folder, "mlflow");
  const run = join(root, "7", `run${version}`);
  const files = join(root, "7", "models", `m-${version}`, "artifacts");
  const place = join(root, "models", "price", `version-${version}`);
  for (const folder of [join(run, "metrics"), join(run, "params"), files, place])
    await mkdir(folder, { recursive: true });
  await writeFile(join(run, "meta.yaml"), `run_id: run${version}\nrun_name: fox-${version}\n`);
  await writeFile(join(run, "metrics", "rmse"), `1 0.5 1\n2 0.25 2\n`);
  await writeFile(join(run, "params", "alpha"), "0.1");
  await writeFile(join(files, "MLmodel"), `flavors:\n  ${flavor}:\n    python_version: 3.11.4\n    loader_module: m\n`);
  await writeFile(join(files, "requirements.txt"), "numpy\n");
  const meta = `name: price\nversion: ${version}\ncreation_timestamp: ${1_000 * version}\nrun_id: run${version}\nstatus: ${status}\n`;
  await writeFile(join(place, "meta.yaml"), `${meta}storage_location: file://${files}\n`);
}

const forget = () => rm(join(server.folder, "mlflow"), { recursive: true, force: true });
const refresh = (id: string) => refreshModel(server.ports, id, never);
const deploy = (id: string) => deployModel(server.ports, id);

rpc("tributary.v1.ModelService.ListModels", () => {
  it("tells each model with what does not go, and where tasks write what they make", async () => {
    await push("one");
    await push("two", { validation: "nope", deployment: { image: "x:1", enableTls: true, replicas: 2 } });
    const { models: all, trackingUri } = await models().listModels({});
    expect(all.map(({ id }) => id)).toEqual(["one/price", "two/price"]);
    expect(trackingUri).toBe(`file://${server.folder}/mlflow`);
    expect(all[0]).toMatchObject({ hasTraining: true, hasValidation: true, problems: [], versionCount: 0 });
    expect(all[0]?.deployment).toMatchObject({ state: DeploymentState.STOPPED, path: "/projects/one/models/price" });
    expect(all[1]?.problems).toEqual(["validationTask.taskRef: project two has no task nope; it has: fit, check"]);
    expect(all[1]?.deployment).toMatchObject({
      state: DeploymentState.FOLLOWING,
      problem: "There is no version yet: train the model",
      unapplied: [{ setting: "image" }, { setting: "enableTls" }],
    });
    expect((await models().listModels({ projectName: "one" })).models).toHaveLength(1);
  });

  it("refuses a project's name that is none", async () => {
    expect(await refusal(models().listModels({ projectName: "x".repeat(300) }))).toMatchObject({
      code: Code.InvalidArgument,
    });
  });
});

rpc("tributary.v1.ModelService.GetModel", () => {
  it("tells versions with metrics and parameters, each as the tracking store has it", async () => {
    const id = await push("shop", { validation: "" });
    await register(1);
    await register(2, { status: "PENDING_REGISTRATION" });
    await register(3, { flavor: "keras" });
    await refresh(id);
    const { versions, model } = await models().getModel({ id });
    expect(versions.map(({ version }) => version)).toEqual([3, 2, 1]);
    expect(versions[2]).toMatchObject({
      status: ModelVersionStatus.READY,
      metrics: { rmse: 0.25 },
      parameters: { alpha: "0.1" },
      runName: "fox-1",
    });
    expect(versions[1]).toMatchObject({ status: ModelVersionStatus.PENDING, validation: ValidationState.NONE });
    expect(versions[0]?.servingProblem).toContain("no flavor python_function");
    expect(model).toMatchObject({ latestVersion: 3, latestValidatedVersion: 3, trackingProblem: "" });
  });

  it("refuses a model that is not there", async () => {
    expect(await refusal(models().getModel({ id: "shop/nope" }))).toEqual({
      code: Code.NotFound,
      message: "there is no model shop/nope; write project/model",
    });
  });
});

rpc("tributary.v1.ModelService.TrainModel", () => {
  it("queues the training as a task that is listed with the model and knows which one it trains", async () => {
    const id = await push("shop");
    const by = await hand("trainer");
    const { task } = await models().trainModel({ id });
    expect(task).toMatchObject({ title: "fit", projectName: "shop" });
    const { variables } = await by.take();
    const told = Object.fromEntries(variables.map(({ name, value }) => [name, value]));
    expect(told).toEqual({
      MLFLOW_TRACKING_URI: `file://${server.folder}/mlflow`,
      MLFLOW_ALLOW_FILE_STORE: "true",
      TRIBUTARY_MODEL: "price",
    });
    const { trainings, model } = await models().getModel({ id });
    expect(trainings.map((each) => each.id)).toEqual([task!.id]);
    expect(model?.latestTraining).toMatchObject({ id: task!.id, state: TaskState.ACTIVE });
    by.stop();
  });

  it("refuses a model that is not there", async () => {
    expect(await refusal(models().trainModel({ id: "nope/price" }))).toMatchObject({ code: Code.NotFound });
  });
});

rpc("tributary.v1.ModelService.RefreshModel", () => {
  it("asks the tracking store now, and has the newest version validated, which is told which one that is", async () => {
    const id = await push("shop");
    const by = await hand("checker");
    await register(1);
    await register(2);
    const { model } = await models().refreshModel({ id });
    expect(model).toMatchObject({ latestVersion: 2, latestValidatedVersion: 0 });
    const { attempt, title, variables } = await by.take();
    expect(title).toBe("validate-price-2");
    const told = Object.fromEntries(variables.map(({ name, value }) => [name, value]));
    expect(told).toMatchObject({
      TRIBUTARY_MODEL_VERSION: "2",
      TRIBUTARY_MODEL_URI: "models:/price/2",
      TRIBUTARY_MODEL_RUN_ID: "run2",
    });
    await by.exit(attempt);
    await models().refreshModel({ id });
    const { versions, validations } = await models().getModel({ id });
    expect(versions.map(({ validation }) => validation)).toEqual([ValidationState.VALID, ValidationState.NONE]);
    expect(validations.map((each) => each.id)).toEqual([attempt.taskId]);
    expect((await models().refreshModel({ id })).model?.latestValidatedVersion).toBe(2);
    by.stop();
  });

  it("says why a version does not pass, and keeps what is known when the store cannot be read", async () => {
    await forget();
    const id = await push("other");
    const by = await hand("sceptic");
    await register(1);
    await models().refreshModel({ id });
    await by.exit((await by.take()).attempt, 3);
    await models().refreshModel({ id });
    const { versions } = await models().getModel({ id });
    expect(versions[0]).toMatchObject({ validation: ValidationState.INVALID, validationProblem: "Exit code 3" });
    await forget();
    expect((await models().refreshModel({ id })).model).toMatchObject({
      versionCount: 1,
      trackingProblem: `the tracking store is not there: ${server.folder}/mlflow`,
    });
    by.stop();
  });

  it("shows a validation that cannot be started at the version", async () => {
    await forget();
    const id = await push("blocked", { validation: "nope" });
    await register(1);
    await models().refreshModel({ id });
    const { versions } = await models().getModel({ id });
    expect(versions[0]).toMatchObject({
      validation: ValidationState.BLOCKED,
      validationProblem: "validationTask.taskRef: project blocked has no task nope; it has: fit, check",
    });
  });

  it("refuses a model that is not there", async () => {
    expect(await refusal(models().refreshModel({ id: "nope/price" }))).toMatchObject({ code: Code.NotFound });
  });
});

rpc("tributary.v1.ModelService.ValidateVersion", () => {
  it("validates again, while the version stays the one that is served until the outcome is there", async () => {
    const id = await push("shop");
    const by = await hand("checker");
    await register(1);
    await models().refreshModel({ id });
    await by.exit((await by.take()).attempt);
    await models().refreshModel({ id });
    const { task } = await models().validateVersion({ id, version: 1 });
    expect(task?.title).toBe("validate-price-1-2");
    expect((await models().validateVersion({ id, version: 1 })).task?.id).toBe(task!.id);
    await models().refreshModel({ id });
    expect((await models().getModel({ id })).model?.latestValidatedVersion).toBe(1);
    await by.exit((await by.take()).attempt, 1);
    await models().refreshModel({ id });
    expect((await models().getModel({ id })).model?.latestValidatedVersion).toBe(0);
    by.stop();
  });

  it("refuses a version that is not there, and a model without validation", async () => {
    const id = await push("plain", { validation: "" });
    await models().refreshModel({ id });
    expect(await refusal(models().validateVersion({ id, version: 9 }))).toEqual({
      code: Code.NotFound,
      message: "model plain/price has no version 9",
    });
    expect(await refusal(models().validateVersion({ id, version: 1 }))).toMatchObject({
      code: Code.InvalidArgument,
      message: expect.stringContaining("has no validationTask"),
    });
  });
});

rpc("tributary.v1.ModelService.DeployModel", () => {
  it("starts replicas beside what has slots, with the model's files and needs, and serves a version that is chosen", async () => {
    const id = await push("shop", { validation: "", deployment: { replicas: 2, resources: { memory: "1Gi" } } });
    const by = await hand("server");
    await register(1);
    await refresh(id);
    await deploy(id);
    const first = await by.take();
    const second = await by.take();
    expect(first.command.case).toBe("serveModel");
    expect(first).toMatchObject({ title: "serve-price-1", memoryBytes: 2n ** 30n, hasInputs: true });
    expect(first.python).toMatchObject({ version: "3.11", requirementsFile: "requirements.txt" });
    const chunks = async function* () {
      for await (const { content } of by.client.fetchInputs({ workerId: by.id, attempt: first.attempt })) yield content;
    };
    expect([...(await unpack(chunks())).keys()].sort()).toEqual(["MLmodel", "requirements.txt"]);
    const { model, replicas } = await models().getModel({ id });
    expect(model?.deployment).toMatchObject({
      version: 1,
      wantedReplicas: 2,
      readyReplicas: 0,
      versionIsChosen: false,
    });
    expect(replicas.map(({ state }) => state)).toEqual([ReplicaState.STARTING, ReplicaState.STARTING]);
    // One slot, and none of it taken by two processes that serve.
    const { task } = await models().trainModel({ id });
    expect((await by.take()).attempt.taskId).toBe(task!.id);
    await register(2);
    expect((await models().deployModel({ id, version: 1 })).model?.deployment).toMatchObject({
      version: 1,
      versionIsChosen: true,
      decidedBy: "local",
    });
    await refresh(id);
    await deploy(id);
    expect((await models().getModel({ id })).replicas.map(({ version }) => version)).toEqual([1, 1]);
    expect(second.attempt.taskId).toBe(first.attempt.taskId + 1);
    by.stop();
  });

  it("refuses a version that is not there", async () => {
    const id = await push("empty");
    expect(await refusal(models().deployModel({ id, version: 3 }))).toEqual({
      code: Code.NotFound,
      message: "model empty/price has no version 3; its versions are: none",
    });
  });
});

rpc("tributary.v1.ModelService.PauseDeployment", () => {
  it("stays with the version that is served", async () => {
    const id = await push("shop", { validation: "", deployment: {} });
    await register(1);
    await refresh(id);
    await models().pauseDeployment({ id });
    await register(2);
    await refresh(id);
    expect((await models().getModel({ id })).model).toMatchObject({
      latestValidatedVersion: 2,
      deployment: { state: DeploymentState.PAUSED, version: 1 },
    });
    const { model } = await models().deployModel({ id });
    expect(model?.deployment).toMatchObject({ state: DeploymentState.FOLLOWING, version: 2 });
  });

  it("refuses what is not served", async () => {
    const id = await push("idle");
    expect(await refusal(models().pauseDeployment({ id }))).toEqual({
      code: Code.FailedPrecondition,
      message: "model idle/price is not served, so there is nothing to pause; deploy it first",
    });
  });
});

rpc("tributary.v1.ModelService.StopDeployment", () => {
  it("ends what serves it, and watchers are told", async () => {
    const id = await push("shop", { validation: "", deployment: {} });
    const by = await hand("server");
    await register(1);
    await refresh(id);
    await deploy(id);
    const { attempt } = await by.take();
    const watch = createClient(WatchService, server.transport());
    const changes = watch.watch({ topics: [WatchTopic.MODELS] })[Symbol.asyncIterator]();
    await changes.next();
    const { model } = await models().stopDeployment({ id });
    expect(model?.deployment).toMatchObject({ state: DeploymentState.STOPPED, wantedReplicas: 0 });
    expect((await changes.next()).value).toMatchObject({ modelsChanged: true });
    await changes.return?.();
    await deploy(id);
    expect((await models().getModel({ id })).replicas[0]?.state).toBe(ReplicaState.DRAINING);
    expect((await tasks().getTask({ id: attempt.taskId })).task?.state).toBe(TaskState.ACTIVE);
    by.stop();
  });

  it("refuses a model that is not there", async () => {
    expect(await refusal(models().stopDeployment({ id: "nope/price" }))).toMatchObject({ code: Code.NotFound });
  });
});
