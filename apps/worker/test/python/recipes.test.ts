import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { create } from "@bufbuild/protobuf";
import { PythonEnvironmentSchema } from "@tributary/proto/tributary/v1/dispatch_pb";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readProject } from "../../src/python/read-project.ts";
import type { BuildPlace } from "../../src/python/recipe.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "tributary-recipes-"));
});
afterEach(() => rmSync(root, { recursive: true }));

function write(files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

function read(lockKind: string, files: Record<string, string>, command = "") {
  write(files);
  return readProject(create(PythonEnvironmentSchema, { lockKind, version: "3.11" }), root, command);
}

/** What would be run, with the texts that are written for it. */
function steps(project: ReturnType<typeof read>): string[] {
  const place: BuildPlace = {
    venv: "/v",
    python: "/v/bin/python",
    source: "/s",
    uv: "/uv",
    toolBin: "/t",
    write: (_, text) => `<${text}>`,
  };
  return project.recipe.steps(place).map(({ program, args }) => [program, ...args].join(" "));
}

const key = (project: ReturnType<typeof read>) => project.recipe.decidedBy.map(String).join("|");

describe("a poetry project", () => {
  const pyproject = '[project]\nname = "demo"\ndependencies = ["six"]\n';

  test("depends on what names packages, and on nothing else of pyproject.toml", () => {
    const first = read("poetry", { "pyproject.toml": pyproject, "poetry.lock": "a" });
    const documented = `${pyproject}description = "x"\n[tool.ruff]\nline-length = 1\n`;
    expect(key(read("poetry", { "pyproject.toml": documented }))).toBe(key(first));
    expect(key(read("poetry", { "pyproject.toml": pyproject.replace("six", "six>1") }))).not.toBe(key(first));
    const more = `${pyproject}[tool.poetry.group.test.dependencies]\npytest = "*"\n`;
    expect(key(read("poetry", { "pyproject.toml": more }))).not.toBe(key(first));
    expect(key(read("poetry", { "pyproject.toml": pyproject, "poetry.lock": "b" }))).not.toBe(key(first));
    expect(key(read("poetry", { "poetry.lock": "a", "poetry.toml": "[installer]\n" }))).not.toBe(key(first));
  });

  test.each([
    ["", "a", undefined],
    ['[project.scripts]\nsay = "demo:main"\n', "a", "pyproject.toml has scripts of the project"],
    ['[tool.poetry.plugins.x]\ny = "demo:z"\n', "a", "pyproject.toml has scripts of the project"],
    ['[project.scripts]\nsay = "demo:main"\n[tool.poetry]\npackage-mode = false\n', "a", undefined],
    [
      "",
      '[[package]]\nname = "lib"\n[package.source]\ntype = "directory"\nurl = "lib"\n',
      "poetry.lock names files of the project",
    ],
    ["", '[[package]]\nname = "lib"\n[package.source]\ntype = "legacy"\nurl = "https://x"\n', undefined],
    ['[tool.poetry.dependencies]\nlib = { path = "lib" }\n', undefined, "pyproject.toml names files of the project"],
  ])("%j with the lock file %j is for one run alone: %j", (more, lock, alone) => {
    const files = { "pyproject.toml": pyproject + more, ...(lock === undefined ? {} : { "poetry.lock": lock }) };
    const project = read("poetry", files);
    expect(project.recipe.alone).toBe(alone);
    expect(steps(project)).toEqual([
      `/t/poetry install --no-interaction --no-ansi${alone === undefined ? " --no-root" : ""}`,
    ]);
  });

  test.each([
    [pyproject, [], "."],
    [pyproject, ["src/demo/__init__.py"], "src"],
    [`${pyproject}[tool.poetry]\npackages = [{include = "demo", from = "lib"}]\n`, [], "lib"],
    [`${pyproject}[tool.poetry]\npackage-mode = false\n`, [], undefined],
  ])("has its own modules on the path", (text, more, folder) => {
    const files = Object.fromEntries(more.map((path) => [path, ""]));
    const { PYTHONPATH } = read("poetry", { "pyproject.toml": text, ...files }).variables;
    expect(PYTHONPATH).toBe(folder === undefined ? undefined : join(root, folder));
  });

  test("a missing or broken file is named", () => {
    expect(() => read("poetry", {})).toThrow('"pyproject.toml" with the Python packages is not among');
    expect(() => read("poetry", { "pyproject.toml": "a = = b" })).toThrow(/^"pyproject.toml" cannot be read: /);
    expect(read("poetry", { "pyproject.toml": pyproject }).recipe.warning).toContain("There is no poetry.lock");
  });
});

describe("a pipenv project", () => {
  const lock = (requires: object, packages: object = {}) =>
    JSON.stringify({ _meta: { requires }, default: packages, develop: {} });

  test.each([
    [{ python_version: "3.10" }, "3.10"],
    [{ python_version: "3.10", python_full_version: "3.10.4" }, "3.10.4"],
    [{ python_version: "*" }, ""],
    [{}, ""],
  ])("that requires %j wants Python %j", (requires, version) => {
    expect(read("pipenv", { Pipfile: "", "Pipfile.lock": lock(requires) }).version).toBe(version);
  });

  test.each([
    [{ lib: { editable: true, path: "." } }, true],
    [{ lib: { file: "wheels/lib.whl" } }, true],
    [{ lib: { file: "https://x/lib.whl" }, six: { version: "==1.0" } }, false],
  ])("of %j is for one run alone: %s", (packages, alone) => {
    const { recipe } = read("pipenv", { Pipfile: "", "Pipfile.lock": lock({}, packages) });
    expect(recipe.alone !== undefined).toBe(alone);
  });

  test.each([
    ["train --fast", {}, "pipenv run "],
    ["trains", {}, ""],
    ["python x.py", {}, ""],
    ["python x.py", { ".env": "A=1" }, "pipenv run "],
  ])("runs %j with %j through pipenv where that does more: %j", (command, more, prefix) => {
    const files = { Pipfile: '[scripts]\ntrain = "python train.py"\n', "Pipfile.lock": lock({}), ...more };
    expect(read("pipenv", files, command).prefix).toBe(prefix);
  });

  test("without a lock file says how it is made", () => {
    const reading = () => read("pipenv", { Pipfile: "" });
    expect(reading).toThrow('"Pipfile.lock"');
    expect(reading).toThrow(
      expect.objectContaining({ code: "requirements-missing", hint: expect.stringContaining("pipenv lock") }),
    );
    expect(() => read("pipenv", { Pipfile: "", "Pipfile.lock": "{" })).toThrow(/^"Pipfile.lock" cannot be read: /);
  });
});

describe("an MLflow project", () => {
  const skinny = "mlflow-skinny==";

  test("takes version and packages from python_env.yaml, and brings an MLflow", () => {
    const project = read("mlflow", {
      MLproject: "name: x\npython_env: env/python.yaml\n",
      "env/python.yaml": "python: 3.10\nbuild_dependencies: [pip==23.1]\ndependencies:\n  - -r needs.txt\n  - six\n",
      "needs.txt": "attrs\n",
    });
    expect(project.version).toBe("3.10");
    const [build, packages] = steps(project);
    expect(build).toBe("/uv pip install --python /v/bin/python -r <pip==23.1\n>");
    expect(packages).toMatch(/-r <-r \/s\/needs\.txt\nsix\nmlflow-skinny==/);
    const before = key(project);
    expect(key(read("mlflow", { "needs.txt": "attrs>1\n" }))).not.toBe(before);
  });

  test.each(["mlflow", "mlflow==2.9", "mlflow-skinny[x]>=2", "MLflow ; python_version > '3'"])(
    "that names %s has that one",
    (line) => {
      const project = read("mlflow", { MLproject: "name: x", "python_env.yaml": `dependencies: ["${line}"]` });
      expect(steps(project).join()).not.toContain(skinny);
    },
  );

  test("takes the pip part of conda.yaml, and refuses packages of conda", () => {
    const conda = "dependencies:\n  - python=3.10\n  - pip<=23\n  - pip:\n    - six\n    - mlflow-extra\n";
    const project = read("mlflow", { MLproject: "name: x\nconda_env: conda.yaml", "conda.yaml": conda });
    expect(project.version).toBe("3.10");
    expect(steps(project)[0]).toContain("<pip<=23\n>");
    expect(steps(project)[1]).toContain(`<six\nmlflow-extra\n${skinny}`);
    const refused = () => read("mlflow", { "conda.yaml": `${conda}  - numpy=1.26\n` });
    expect(refused).toThrow("conda.yaml takes packages from conda (numpy=1.26)");
    expect(refused).toThrow(expect.objectContaining({ code: "environment-unsupported" }));
  });

  test("needs MLproject, and no container", () => {
    expect(() => read("mlflow", {})).toThrow('"MLproject"');
    expect(() => read("mlflow", { MLproject: "docker_env: {image: x}" })).toThrow("docker_env");
  });

  test("names of files may not leave the project", () => {
    expect(() => read("mlflow", { MLproject: "python_env: ../x.yaml" })).toThrow('"../x.yaml"');
  });
});
