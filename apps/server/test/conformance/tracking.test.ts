import { once } from "node:events";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { mlflowTracking } from "#adapters/tracking/mlflow/index.ts";
import type { Tracking } from "#core/ports/tracking.ts";

const never = new AbortController().signal;

async function filesOf(tracking: Tracking, location: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for await (const { path, content } of tracking.files(location, never)) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of content) chunks.push(chunk);
    files[path] = Buffer.concat(chunks).toString();
  }
  return files;
}

const flavor = "flavors:\n  python_function:\n    python_version: 3.10.4\n    loader_module: m\n";

describe("a folder of MLflow's library", () => {
  let root: string;
  let tracking: Tracking;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "tributary-mlflow-"));
    tracking = mlflowTracking({ uri: root });
  });
  afterEach(() => rm(root, { recursive: true }));

  async function register(version: number, meta: string): Promise<void> {
    const folder = join(root, "models", "price", `version-${version}`);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "meta.yaml"), `version: ${version}\ncreation_timestamp: ${version}\n${meta}`);
  }

  async function model(name: string, files: Readonly<Record<string, string>> = { MLmodel: flavor }): Promise<string> {
    const folder = join(root, "1", "models", name, "artifacts");
    await mkdir(join(folder, "code"), { recursive: true });
    for (const [path, text] of Object.entries(files)) await writeFile(join(folder, path), text);
    return folder;
  }

  it("tells nothing of a model that nobody registered, and of names that are none", async () => {
    expect(await tracking.versions("price", never)).toEqual([]);
    await expect(tracking.versions("../price", never)).rejects.toThrow("cannot be the name");
  });

  it("tells versions with the latest of each metric, newest first, by a metric's step", async () => {
    const run = join(root, "1", "abc");
    await mkdir(join(run, "metrics", "val"), { recursive: true });
    await mkdir(join(run, "params"), { recursive: true });
    await writeFile(join(run, "meta.yaml"), "run_name: fox\n");
    await writeFile(join(run, "metrics", "val", "rmse"), "10 3 2\n11 2.5 2\n9 9 1\n");
    await writeFile(join(run, "metrics", "nan"), "1 nan 0\n");
    await writeFile(join(run, "params", "depth"), "3");
    await register(1, "run_id: gone\nstatus: READY\n");
    await register(10, "run_id: abc\nstatus: FAILED_REGISTRATION\nsource: models:/m-1\n");
    await mkdir(join(root, "models", "price", "version-x"), { recursive: true });
    await mkdir(join(root, "models", "price", "version-11"), { recursive: true });
    const versions = await tracking.versions("price", never);
    expect(versions.map(({ version, status }) => [version, status])).toEqual([
      [10, "failed"],
      [1, "ready"],
    ]);
    expect(versions[0]).toMatchObject({ runName: "fox", parameters: { depth: "3" } });
    expect(versions[0]?.metrics).toEqual({ "val/rmse": 2.5 });
    expect(versions[1]).toMatchObject({ runName: "", metrics: {}, parameters: {} });
  });

  it("tells what serving takes, and its files without links", async () => {
    const folder = await model("m-1", { MLmodel: flavor, "requirements.txt": "numpy\n", "code/a.py": "a = 1\n" });
    await symlink("/etc/passwd", join(folder, "passwd"));
    const version = { location: `file://${folder}` };
    expect(await tracking.needs({ ...none, ...version }, never)).toEqual({
      pythonVersion: "3.10",
      hasRequirements: true,
    });
    expect(await filesOf(tracking, version.location)).toEqual({
      MLmodel: flavor,
      "requirements.txt": "numpy\n",
      "code/a.py": "a = 1\n",
    });
  });

  it("serves nothing that lies elsewhere, whatever a version says", async () => {
    await mkdir(join(root, "1"), { recursive: true });
    await symlink("/etc", join(root, "1", "etc"));
    for (const location of [
      "/etc",
      "file:///etc",
      join(root, ".."),
      join(root, "1", "etc"),
      root,
      "s3://b/k",
      "models:/m",
    ]) {
      await expect(filesOf(tracking, location)).rejects.toMatchObject({ refusal: "invalid" });
    }
    await expect(filesOf(tracking, join(root, "nope"))).rejects.toThrow("not there");
  });

  it("says why a version cannot be served", async () => {
    const needs = async (name: string, files: Readonly<Record<string, string>>) =>
      tracking.needs({ ...none, location: await model(name, files) }, never);
    await expect(needs("a", {})).rejects.toThrow("no file MLmodel");
    await expect(needs("b", { MLmodel: "flavors:\n  keras: {}\n" })).rejects.toThrow("no flavor python_function");
    await expect(needs("c", { MLmodel: ":\n  - [" })).rejects.toThrow("no flavor python_function");
  });
});

const none = {
  version: 1,
  createdAt: 1,
  status: "ready" as const,
  location: "",
  runId: "",
  runName: "",
  metrics: {},
  parameters: {},
};

describe("a tracking server", () => {
  let server: Server;
  let uri: string;
  let answers: Readonly<Record<string, object | string | number>>;
  const asked: string[] = [];

  beforeEach(async () => {
    asked.length = 0;
    server = createServer((request, response) => {
      const [path = "", query = ""] = request.url!.split("?");
      asked.push(`${request.headers.authorization ?? ""} ${path} ${decodeURIComponent(query)}`.trim());
      const answer = answers[path] ?? 404;
      response.statusCode = typeof answer === "number" ? answer : 200;
      response.end(typeof answer === "object" ? JSON.stringify(answer) : String(answer));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => void server.close());

  const api = "/api/2.0/mlflow";
  const artifacts = "/api/2.0/mlflow-artifacts/artifacts";

  it("is asked for versions, runs and files, with this server's own credentials", async () => {
    const told = { version: "3", creation_timestamp: 7, run_id: "r", status: "READY" };
    answers = {
      [`${api}/model-versions/search`]: { model_versions: [told] },
      [`${api}/model-versions/get-download-uri`]: { artifact_uri: "mlflow-artifacts:/1/models/m-1/artifacts" },
      [`${api}/runs/get`]: {
        run: {
          info: { run_name: "fox" },
          data: { metrics: [{ key: "rmse", value: 0.5 }], params: [{ key: "a", value: "1" }] },
        },
      },
      [artifacts]: {
        files: [
          { path: "MLmodel", file_size: flavor.length },
          { path: "../x", file_size: 1 },
        ],
      },
      [`${artifacts}/1/models/m-1/artifacts/MLmodel`]: flavor,
    };
    const tracking = mlflowTracking({ uri, credentials: { username: "u", password: "p" } });
    const [version] = await tracking.versions("it's", never);
    expect(version).toMatchObject({ version: 3, metrics: { rmse: 0.5 }, parameters: { a: "1" }, runName: "fox" });
    expect(asked[0]).toBe(`Basic dTpw ${api}/model-versions/search filter=name='its'&max_results=200`);
    expect(await tracking.needs(version!, never)).toEqual({ pythonVersion: "3.10", hasRequirements: false });
    expect(await filesOf(tracking, version!.location)).toEqual({ MLmodel: flavor });
    expect(tracking.variables(false)).toEqual([{ name: "MLFLOW_TRACKING_URI", value: uri }]);
  });

  it("that refuses, breaks, or is something else, is told as it is", async () => {
    const tracking = mlflowTracking({ uri });
    answers = { [`${api}/model-versions/search`]: 401 };
    await expect(tracking.versions("m", never)).rejects.toThrow(/refuses this server \(401\): see TRIBUTARY_MLFLOW/);
    answers = { [`${api}/model-versions/search`]: "<html>" };
    await expect(tracking.versions("m", never)).rejects.toThrow("not as MLflow's API does: <html>");
    answers = {};
    expect(await tracking.versions("m", never)).toEqual([]);
    await expect(filesOf(tracking, "s3://bucket/key")).rejects.toThrow(
      "start the tracking server with --serve-artifacts",
    );
  });

  it("that is not there makes the store unavailable", async () => {
    const tracking = mlflowTracking({ uri: "http://127.0.0.1:9" });
    await expect(tracking.versions("m", never)).rejects.toMatchObject({ refusal: "unavailable" });
  });
});
