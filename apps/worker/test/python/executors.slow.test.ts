import { homedir } from "node:os";
import { join } from "node:path";
import type { AttemptEnd } from "@tributary/proto/tributary/v1/dispatch_pb";
import { LogStream } from "@tributary/proto/tributary/v1/logs_pb";
import { AttemptOutcome } from "@tributary/proto/tributary/v1/tasks_pb";
import { describe, expect, test } from "vitest";
import { type KnownAttempt, textOf } from "../fixture-server.ts";
import { tarOf } from "../tar-of.ts";
import { useScene } from "../use-scene.ts";
import { type PackageIndex, startPackageIndex } from "./package-index.ts";

const scene = useScene();

/** An index of packages for this test; what is built from it goes with it. */
function packageIndex(): Promise<PackageIndex> {
  return startPackageIndex(join(scene().root, "index"), CACHE);
}

const said = (known: KnownAttempt) => textOf(known, LogStream.WORKER);
const printed = (known: KnownAttempt) => textOf(known, LogStream.STDOUT);

/** What takes long to install stays from one run of the tests to the next. */
const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "tributary/test-environments/worker");

interface Run {
  readonly lockKind: string;
  readonly files: Record<string, string>;
  readonly command: string;
  readonly version?: string;
}

let runs = 0;

async function assign({ lockKind, files, command, version = "" }: Run): Promise<KnownAttempt> {
  const { server } = scene();
  const content = Object.entries(files).map(([name, text]) => ({ name, content: text }));
  server.inputs.set(`${++runs}-1`, await tarOf(content));
  return server.assign({
    command: { case: "shell", value: command },
    hasInputs: true,
    python: { version, lockKind, requirementsFile: "" },
  });
}

async function run(what: Run): Promise<{ known: KnownAttempt; end: AttemptEnd; log: string; out: string }> {
  const known = await assign(what);
  const end = await scene().server.ended(known, 240_000);
  return { known, end, log: said(known), out: printed(known) };
}

function startWorker(): void {
  runs = 0;
  scene().worker(["--environments", CACHE]);
}

const succeeded = { outcome: AttemptOutcome.SUCCEEDED };

describe("poetry", () => {
  const project = (index: PackageIndex, more = "package-mode = false") => `
[project]
name = "demo"
version = "0.1.0"
requires-python = ">=3.8"
dependencies = ["tinywheel==1.0"]
[tool.poetry]
${more}
[[tool.poetry.source]]
name = "here"
url = "${index.url}/"
priority = "primary"
`;

  test("resolves without a lock file, and is built once for the same one", async () => {
    const index = await packageIndex();
    startWorker();
    const pyproject = project(index);
    const first = await run({
      lockKind: "poetry",
      version: "3",
      files: { "pyproject.toml": pyproject },
      command: "python -c 'import tinywheel; print(tinywheel.VALUE)'; poetry lock -q && cat poetry.lock",
    });
    expect(first.log).toContain("There is no poetry.lock");
    expect(first.end, first.log).toMatchObject(succeeded);
    expect(first.out).toMatch(/^from the wheel\n/);
    const files = { "pyproject.toml": pyproject, "poetry.lock": first.out.slice("from the wheel\n".length) };
    const locked: Run = { lockKind: "poetry", version: "3", files, command: "tinywheel && poetry run tinywheel" };
    const second = await run(locked);
    expect(second.end, second.log).toMatchObject(succeeded);
    expect(second.out).toBe("from the wheel\nfrom the wheel\n");
    expect(second.log).toContain("Installing tinywheel (1.0)");
    const third = await run(locked);
    expect(third.out).toBe("from the wheel\nfrom the wheel\n");
    expect(third.log).toMatch(/^Fetched 2 files\nPython 3\.\S+\nThe environment is from the cache\n$/);

    const stale = pyproject.replace("tinywheel==1.0", "tinywheel==2.0");
    const refused = await run({ ...locked, files: { ...files, "pyproject.toml": stale } });
    expect(refused.end).toMatchObject({ outcome: AttemptOutcome.FAILED, reason: { code: "environment-failed" } });
    expect(refused.end.reason?.message).toContain("pyproject.toml changed significantly since poetry.lock");
  }, 400_000);

  test("finds the project's own modules as an installation would, and installs its scripts for the run alone", async () => {
    const index = await packageIndex();
    startWorker();
    const modules = {
      "src/demo/__init__.py": "import tinywheel\ndef main():\n    print('demo', tinywheel.VALUE)\n",
      "tools/call.py": "import demo\ndemo.main()\n",
    };
    const plain = project(index, "");
    const shared = await run({
      lockKind: "poetry",
      version: "3",
      files: { "pyproject.toml": plain, ...modules },
      command: "python tools/call.py",
    });
    expect(shared.end, shared.log).toMatchObject(succeeded);
    expect(shared.out).toBe("demo from the wheel\n");
    expect(shared.log).toContain("kept for later runs");
    const scripts = plain.replace("[tool.poetry]", '[project.scripts]\nsay-demo = "demo:main"\n[tool.poetry]');
    const own = await run({
      lockKind: "poetry",
      version: "3",
      files: { "pyproject.toml": scripts, ...modules },
      command: "say-demo && python tools/call.py",
    });
    expect(own.end, own.log).toMatchObject(succeeded);
    expect(own.out).toBe("demo from the wheel\ndemo from the wheel\n");
    expect(own.log).toContain("for this run alone, as pyproject.toml has scripts of the project");
  }, 400_000);

  test("a cancel ends the build, with all that it started", async () => {
    const index = await packageIndex();
    index.hold();
    startWorker();
    const known = await assign({
      lockKind: "poetry",
      version: "3",
      files: { "pyproject.toml": project(index) },
      command: "true",
    });
    await scene().server.until(
      "the wheel to be asked for",
      () => index.asked.some((path) => path.startsWith("/files/")),
      240_000,
    );
    scene().server.cancel(known);
    expect(await scene().server.ended(known)).toMatchObject({ outcome: AttemptOutcome.CANCELLED });
  }, 300_000);
});

describe("pipenv", () => {
  const files = (index: PackageIndex, more = "") => ({
    Pipfile: `[[source]]\nurl = "${index.url}"\nverify_ssl = false\nname = "here"\n[packages]\ntinywheel = "*"\n${more}`,
    "Pipfile.lock": JSON.stringify({
      _meta: {
        hash: { sha256: "0" },
        "pipfile-spec": 6,
        requires: { python_version: "3" },
        sources: [{ name: "here", url: index.url, verify_ssl: false }],
      },
      default: { tinywheel: { hashes: [`sha256:${index.sha256}`], index: "here", version: "==1.0" } },
      develop: {},
    }),
  });

  test("installs what is locked, once; knows the Pipfile's scripts and .env", async () => {
    const index = await packageIndex();
    startWorker();
    const locked = files(index);
    const command = "python -c 'import tinywheel; print(tinywheel.VALUE)'";
    const first = await run({ lockKind: "pipenv", files: locked, command });
    expect(first.end, first.log).toMatchObject(succeeded);
    expect(first.out).toBe("from the wheel\n");
    const second = await run({ lockKind: "pipenv", files: locked, command });
    expect(second.log).toMatch(/^Fetched 2 files\nPython 3\.\S+\nThe environment is from the cache\n$/);
    const scripts = files(
      index,
      '[scripts]\nsay = "python -c \\"import os, tinywheel; print(tinywheel.VALUE, os.environ[\'WHO\'])\\""\n',
    );
    const third = await run({ lockKind: "pipenv", files: { ...scripts, ".env": "WHO=reader\n" }, command: "say" });
    expect(third.end, textOf(third.known, LogStream.STDERR)).toMatchObject(succeeded);
    expect(third.out).toBe("from the wheel reader\n");
    expect(third.log).toContain("from the cache");
  }, 400_000);

  test("one that cannot be built says why and is not kept", async () => {
    const index = await packageIndex();
    startWorker();
    const locked = files({ ...index, sha256: "0".repeat(64) });
    const broken = await run({ lockKind: "pipenv", files: locked, command: "true" });
    expect(broken.end).toMatchObject({ outcome: AttemptOutcome.FAILED, reason: { code: "environment-failed" } });
    expect(broken.end.reason?.message).toContain("Couldn't install package(s): tinywheel==1.0");
    expect(broken.log).toMatch(/do not match the hashes/i);
    const again = await run({ lockKind: "pipenv", files: locked, command: "true" });
    expect(again.log).toContain("Building the environment");
  }, 400_000);
});

describe("mlflow", () => {
  const project = `
name: demo
python_env: python_env.yaml
entry_points:
  main:
    parameters:
      alpha: {type: float, default: 0.5}
    command: "python train.py {alpha}"
  prepare:
    command: "python -c \\"print('prepared')\\""
`;
  const train = `import sys, mlflow
mlflow.run(".", "prepare", env_manager="local")
mlflow.log_metric("loss", 0.25)
print("trained with", sys.argv[1])
`;

  test("runs the entry points of MLproject in the environment of python_env.yaml", async () => {
    startWorker();
    const files = {
      MLproject: project,
      "python_env.yaml": 'python: "3"\ndependencies: [-r needs.txt]\n',
      "needs.txt": "",
      "train.py": train,
    };
    const what: Run = {
      lockKind: "mlflow",
      files,
      command: "mlflow run . --env-manager=local; find mlruns -name loss | wc -l",
    };
    const first = await run(what);
    expect(first.end, first.log + textOf(first.known, LogStream.STDERR)).toMatchObject(succeeded);
    expect(first.out).toBe("prepared\ntrained with 0.5\n1\n");
    const failing = await run({
      ...what,
      files: { ...files, "train.py": "raise SystemExit(3)" },
      command: "mlflow run . --env-manager=local",
    });
    expect(failing.end).toMatchObject({ outcome: AttemptOutcome.FAILED, exitCode: 1 });
    expect(failing.log).toContain("from the cache");
  }, 400_000);
});
