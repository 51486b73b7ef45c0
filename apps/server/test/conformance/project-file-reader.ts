import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ProjectFileReader } from "#core/ports/project-file-reader.ts";

const example = new URL("../../../../examples/churn/ame.yaml", import.meta.url);

/** A project file with every field that there is. */
export const everything = `name: churn
enableTriggers: true
labels: {team: risk, cost-centre: 0042}
templates:
  - name: small-poetry
    executor: !poetry
      pythonVersion: "3.11"
      command: python -m churn.train
    resources: {cpu: "2", memory: 4Gi}
dataSets:
  - name: customers
    path: data/customers
    size: 2Gi
    task:
      name: fetch-customers
      executor: !pip
        pythonVersion: 3.10
        command: python fetch.py --out data/customers
      artifactCfg: {saveChangedFiles: true}
      secrets:
        - ame: {key: warehouse-token, injectAs: WAREHOUSE_TOKEN}
tasks:
  - name: nightly
    fromTemplate: {name: small-poetry}
    dataSets: [customers, other.set]
    triggers: {schedule: "15 2 * * *"}
    env:
      - {key: MODE, val: full}
      - {key: RATE, val: 1.50}
    labels: {stage: nightly}
  - name: check
    executor: !pipEnv
      command: python check.py
  - name: report
    executor: !custom
      pythonVersion: "3.12"
      command: bash report.sh
    artifactCfg: {saveChangedFiles: false, paths: [out/report.html]}
  - name: flow
    executor: !mlflow
  - name: borrowed
    fromTemplate: {name: shared, project: templates}
models:
  - name: churn-model
    training: {task: {taskRef: {name: nightly}}}
    validationTask: {taskRef: {name: check}}
    deployment:
      replicas: 2
      image: registry.example/model
      enableTls: false
      resources: {cpu: 1, memory: 1Gi}
      ingressAnnotations: {a/b: c}
`;

const nothing = { resources: {}, dataSets: [], variables: [], secrets: [] };

/** What every adapter of {@link ProjectFileReader} keeps to. */
export function projectFileReaderConformance(reader: ProjectFileReader): void {
  const problemsOf = (text: string) =>
    reader
      .read(text)
      .problems.map(({ line, column, message, warning }) => `${line}:${column} ${warning ? "warning " : ""}${message}`);
  const definitionOf = (text: string) => {
    const { definition, problems } = reader.read(text);
    if (!definition) throw new Error(problems.map(({ message }) => message).join("; "));
    return definition;
  };
  const firstTask = (task: string) => definitionOf(`name: x\ntasks:\n  - name: t\n${task}`).tasks[0];
  const taskProblems = (task: string) => problemsOf(`name: x\ntasks:\n  - name: t\n${task}`);

  it("reads everything a project file can say", () => {
    expect(reader.read(everything)).toEqual({
      problems: [],
      definition: {
        name: "churn",
        enableTriggers: true,
        labels: { team: "risk", "cost-centre": "0042" },
        templates: [
          {
            ...nothing,
            name: "small-poetry",
            executor: { kind: "poetry", pythonVersion: "3.11", command: "python -m churn.train" },
            resources: { cpu: "2", memory: "4Gi" },
          },
        ],
        dataSets: [
          {
            name: "customers",
            path: "data/customers",
            size: "2Gi",
            task: {
              ...nothing,
              name: "fetch-customers",
              executor: { kind: "pip", pythonVersion: "3.10", command: "python fetch.py --out data/customers" },
              artifacts: { saveChangedFiles: true, paths: [] },
              secrets: [{ key: "warehouse-token", injectAs: "WAREHOUSE_TOKEN" }],
            },
          },
        ],
        tasks: [
          {
            ...nothing,
            name: "nightly",
            fromTemplate: { name: "small-poetry" },
            dataSets: ["customers", "other.set"],
            triggers: { schedule: "15 2 * * *" },
            variables: [
              { name: "MODE", value: "full" },
              { name: "RATE", value: "1.50" },
            ],
            labels: { stage: "nightly" },
          },
          { ...nothing, name: "check", executor: { kind: "pipEnv", command: "python check.py" } },
          {
            ...nothing,
            name: "report",
            executor: { kind: "custom", pythonVersion: "3.12", command: "bash report.sh" },
            artifacts: { saveChangedFiles: false, paths: ["out/report.html"] },
          },
          { ...nothing, name: "flow", executor: { kind: "mlflow" } },
          { ...nothing, name: "borrowed", fromTemplate: { name: "shared", project: "templates" } },
        ],
        models: [
          {
            name: "churn-model",
            training: { task: { ...nothing, taskRef: { name: "nightly" } } },
            validationTask: { ...nothing, taskRef: { name: "check" } },
            deployment: {
              replicas: 2,
              image: "registry.example/model",
              enableTls: false,
              resources: { cpu: "1", memory: "1Gi" },
              ingressAnnotations: { "a/b": "c" },
            },
          },
        ],
      },
    });
  });

  it("reads the bundled example without a word", async () => {
    const { definition, problems } = reader.read(await readFile(example, "utf8"));
    expect(problems).toEqual([]);
    expect(definition?.tasks.length).toBeGreaterThan(0);
  });

  describe("values", () => {
    it.each([
      ["3.10", "3.10"],
      ["3", "3"],
      ["0x10", "0x10"],
      ["yes", "yes"],
      ["1e3", "1e3"],
      ["2026-01-01", "2026-01-01"],
      ["'3.10'", "3.10"],
      ['"a\\tb"', "a\tb"],
    ])("takes %s as it is written", (written, read) => {
      expect(firstTask(`    executor: !pip {pythonVersion: ${written}, command: x}`)?.executor).toMatchObject({
        pythonVersion: read,
      });
    });

    it("takes a key with nothing after it as unset", () => {
      const task =
        "    executor: !mlflow\n    taskRef:\n    fromTemplate:\n    resources:\n    dataSets:\n    artifactCfg:\n    triggers:\n    env:\n    secrets:\n";
      expect(
        reader.read(`name: x\nmodels:\ntemplates:\ndataSets:\nenableTriggers:\ntasks:\n  - name: t\n${task}`),
      ).toEqual({
        definition: {
          name: "x",
          models: [],
          templates: [],
          dataSets: [],
          tasks: [{ ...nothing, name: "t", executor: { kind: "mlflow" } }],
        },
        problems: [],
      });
    });

    it("takes null for what is optional, and not for lists and maps", () => {
      expect(firstTask("    executor: !mlflow\n    taskRef: ~\n    triggers: null\n")).toEqual({
        ...nothing,
        name: "t",
        executor: { kind: "mlflow" },
      });
      expect(taskProblems("    executor: !mlflow\n    env: ~\n    resources: null\n")).toEqual([
        expect.stringMatching(/^5:10 tasks\[0\]\.env: must be a list/),
        expect.stringMatching(/^6:16 tasks\[0\]\.resources: must be a mapping/),
      ]);
    });

    it("takes anchors and aliases", () => {
      const text =
        "name: x\ntemplates:\n  - &t {name: a, executor: !custom {pythonVersion: &v 3.10, command: c}}\ntasks:\n  - name: b\n    executor: !pip {pythonVersion: *v, command: c}\n";
      expect(definitionOf(text).tasks[0]?.executor).toMatchObject({ pythonVersion: "3.10" });
      expect(problemsOf("name: *x\n")).toContain("1:7 *x stands for nothing: there is no &x before it");
    });

    it("takes the tag on the same line or the next", () => {
      for (const space of [" ", "\n      "]) {
        expect(
          firstTask(`    executor:${space}!custom\n      pythonVersion: "3"\n      command: x\n`)?.executor?.kind,
        ).toBe("custom");
      }
    });
  });

  describe("problems", () => {
    it.each([
      ["", /^1:1 the file is empty/],
      ["# nothing\n", /the file is empty/],
      ["just text", /^1:1 the file: must be a mapping/],
      ["- name: x", /^1:1 the file: must be a mapping/],
      ["tasks: []", /^1:1 name: is missing/],
      ["name:", /^1:1 name: has no value/],
      ["name: [x]", /^1:7 name: must be text, and there is a list/],
      ["name: x\ntasks: {a: b}", /^2:8 tasks: must be a list/],
      ["name: x\nname: y", /^2:1 name: is there twice/],
      ["name: x\nproject: y", /^2:1 project: says again what name says/],
      ["name: x\nlabels: {a b: c}", /^2:9 labels: "a b" cannot be a key; use up to 63 letters/],
      ['name: x\ntasks: [{name: t, labels: {a: "x\\ny"}}]', /tasks\[0\]\.labels\.a: has a control character/],
      ["name: x\nenableTriggers: yes", /^2:17 enableTriggers: "yes" is neither true nor false/],
      ["name: x\n---\nname: y", /^2:1 a second document begins here/],
      ["name: x\n\ttasks: []", /^2:1 a tab is used to indent/],
      ["name: {x", /^1:9 not YAML/],
      ["name: x\n[a]: b", /^2:1 the file: has a key that is not text/],
    ])("tells what is wrong with %j", (text, says) => {
      const problems = problemsOf(text);
      expect(problems.find((problem) => says.test(problem)) ?? problems).toMatch(says);
      expect(reader.read(text).definition).toBeUndefined();
    });

    it.each([
      ["executor: !pipenv {command: x}", /^4:15 tasks\[0\]\.executor: !pipenv is not known; did you mean !pipEnv\?/],
      ["executor: !docker {command: x}", /^4:15 .*use one of !poetry, !pip, !pipEnv, !mlflow, !custom/],
      ["executor: !!map {command: x}", /has no tag/],
      ["executor: {command: x}", /^4:15 tasks\[0\]\.executor: has no tag that says which it is/],
      ["executor: poetry", /^4:15 tasks\[0\]\.executor: write !poetry/],
      ["executor: !poetry", /!poetry needs pythonVersion and command/],
      ["executor: !pipEnv text", /executor: must be a mapping, with a line like "command: …"/],
      ["executor: !mlflow text", /must be a mapping/],
      ["executor: !pip {command: x}", /^4:20 tasks\[0\]\.executor\.pythonVersion: is missing/],
      [
        "executor: !pip {pythonVersion: 3}",
        /executor\.command: is missing; add it, for example command: python train\.py/,
      ],
      ["executor: !custom {pythonVersion: 3, command: [a, b]}", /executor\.command: must be text, and there is a list/],
      ["resources: {cpu: {a: b}}", /resources\.cpu: must be text, and there is a mapping/],
      ["resources: {cpu: }", /resources\.cpu: must be text, and there is nothing/],
      ["env: [{key: A}]", /env\[0\]\.val: is missing/],
      ["env: {A: b}", /env: must be a list/],
      ["secrets: [{ame: {key: a}}]", /secrets\[0\]\.ame\.injectAs: is missing/],
      ["secrets: [!vault {path: a}]", /Vault is not supported/],
      ["secrets: [{vault: {path: a}}]", /names no secret; write - ame/],
      ["secrets: [text]", /secrets\[0\]: must be a mapping/],
      ["artifactCfg: {paths: [a]}", /artifactCfg\.saveChangedFiles: is missing/],
      ["artifactCfg: {saveChangedFiles: 1}", /neither true nor false/],
      ["fromTemplate: a.b.c", /write \{name: …\}, or/],
      ["fromTemplate: {project: a}", /fromTemplate\.name: is missing/],
      ["fromTemplate: {name: none}", /^4:19 .*there is no template "none" in this file; there are: none/],
      ["fromTemplate: {name: none, project: x}", /there is no template "none" in this file/],
    ])("tells what is wrong with a task that has %j", (line, says) => {
      const text = `name: x\ntasks:\n  - name: t\n    ${line}\n`;
      expect(problemsOf(text).join("\n")).toMatch(new RegExp(says.source, "m"));
      expect(reader.read(text).definition).toBeUndefined();
    });

    it("tells all of them, in the order of the file", () => {
      const text = "tasks:\n  - name: a\n    executor: !pip {}\n  - name: a\n    env: x\nmodels:\n  - {}\n";
      expect(problemsOf(text).map((problem) => problem.split(" ").slice(0, 2).join(" "))).toEqual(
        [
          "1:1 name:",
          "3:20 tasks[0].executor.pythonVersion:",
          "3:20 tasks[0].executor.command:",
          "5:10 tasks[1].env:",
          "7:5 models[0].name:",
        ].toSpliced(3, 0, "4:5 warning"),
      );
    });

    it("does not take two of one name", () => {
      for (const kind of ["tasks", "templates", "models"]) {
        const text = `name: x\n${kind}:\n  - name: a\n  - name: b\n  - name: a\n`;
        expect(problemsOf(text).join("\n")).toContain(
          `5:5 ${kind}[2]: ${kind}[0] is a ${kind.slice(0, -1)} named "a" already`,
        );
      }
    });

    it("tells an executor's tag that is before the task", () => {
      expect(problemsOf("name: x\ntasks:\n  - !poetry\n    name: a\n    executor: !mlflow\n").join()).toContain(
        'belongs after "executor:"',
      );
    });
  });

  describe("warnings", () => {
    it.each([
      [
        "data_sets: []",
        /^4:5 warning tasks\[0\]\.data_sets: is not known here and is ignored; did you mean dataSets\?/,
      ],
      ["executr: !mlflow", /did you mean executor\?/],
      ["zebra: 1", /is ignored; known are name, executor/],
      ["<<: {a: b}", /is not known here/],
      ["image: x", /container images are not used/],
      ["pipeline: [a]", /pipelines of sub-tasks do not exist/],
      ["command: x", /belongs below "executor:"/],
      ["taskRef: {name: zz}", /there is no task "zz" in this file; there are: t/],
      ["dataSets: [customer]", /there is no data set "customer"/],
      ["dataSets: [x.customer]", /there is no data set "customer"/],
    ])("are told for a task with %j", (line, says) => {
      const { definition, problems } = reader.read(`name: x\ntasks:\n  - name: t\n    ${line}\n`);
      expect(definition).toBeDefined();
      expect(problems.every(({ warning }) => warning)).toBe(true);
      expect(problemsOf(`name: x\ntasks:\n  - name: t\n    ${line}\n`).join("\n")).toMatch(
        new RegExp(says.source, "m"),
      );
    });

    it("are not told for another project's names", () => {
      expect(
        taskProblems("    executor: !mlflow\n    dataSets: [other.set]\n    fromTemplate: {name: a, project: other}\n"),
      ).toEqual([]);
    });

    it("are told for tasks that cannot be run", () => {
      expect(problemsOf("name: x\ntasks:\n  - name: t\n")).toEqual([
        expect.stringContaining("has none of executor, fromTemplate"),
      ]);
      expect(problemsOf("name: x\ntasks:\n  - executor: !mlflow\n")).toEqual([expect.stringContaining("has no name")]);
      expect(problemsOf("name: x\ntemplates:\n  - name: t\n")).toEqual([]);
    });

    it("leave room for problems", () => {
      const many = Array.from({ length: 300 }, (_, at) => `zebra${at}: 1`).join("\n");
      expect(problemsOf(`${many}\nname: [x]`)).toContainEqual(expect.stringContaining("must be text"));
    });
  });

  describe("other forms that are understood, with a warning", () => {
    it.each(["project", "projectid", "projectname"])("%s for name", (key) => {
      expect(definitionOf(`${key}: x\n`).name).toBe("x");
      expect(problemsOf(`${key}: x\n`)).toEqual([`1:1 warning ${key}: is read as name; write name`]);
    });

    it.each<readonly [string, object]>([
      [
        "executor: {pip: {pythonVersion: 3.9, command: x}}",
        { executor: { kind: "pip", pythonVersion: "3.9", command: "x" } },
      ],
      ["executor: {mlflow: }", { executor: { kind: "mlflow" } }],
      ["environment: [{key: A, val: b}]", { variables: [{ name: "A", value: "b" }] }],
      ["env: [{name: A, value: b}]", { variables: [{ name: "A", value: "b" }] }],
      ["artifacts: {saveChangedFiles: true}", { artifacts: { saveChangedFiles: true, paths: [] } }],
      ["taskRef: t", { taskRef: { name: "t" } }],
      ["fromTemplate: other.thing", { fromTemplate: { name: "thing", project: "other" } }],
      ["templateRef: {name: thing, project: other}", { fromTemplate: { name: "thing", project: "other" } }],
      ["dataSets: [{ref: {name: a, project: b}}]", { dataSets: ["b.a"] }],
      ["dataSets: [{name: a, project: b}]", { dataSets: ["b.a"] }],
      ["secrets: [!ame {key: a, injectAs: B}]", { secrets: [{ key: "a", injectAs: "B" }] }],
      ["secrets: [{key: a, injectAs: B}]", { secrets: [{ key: "a", injectAs: "B" }] }],
      ["secrets: [{}]", { secrets: [] }],
    ])("%s", (line, task) => {
      const base = line.startsWith("executor") ? {} : { executor: { kind: "mlflow" } };
      const executor = line.startsWith("executor") ? "" : "    executor: !mlflow\n";
      expect(firstTask(`    ${line}\n${executor}`)).toEqual({ ...nothing, name: "t", ...base, ...task });
      const told = taskProblems(`    ${line}\n${executor}`);
      expect(told.length).toBeGreaterThan(0);
      for (const problem of told) expect(problem).toMatch(/^4:\d+ warning .*(write|is read as)/);
    });

    it("validation: {task: …} for validationTask", () => {
      const text =
        "name: x\ntasks: [{name: t, executor: !mlflow }]\nmodels:\n  - name: m\n    validation: {task: {taskRef: {name: t}}}\n    auto_train: true\n";
      expect(definitionOf(text).models[0]).toEqual({
        name: "m",
        validationTask: { ...nothing, taskRef: { name: "t" } },
      });
      expect(problemsOf(text)).toHaveLength(2);
    });
  });

  describe("names that AME does not take", () => {
    it.each([
      ["My_Project", "my-project"],
      ["-x", "x"],
      ["Über größe", "ber-gr-e"],
      ["a/../b", "a-..-b"],
      [`${"x".repeat(201)}`, "x".repeat(60)],
    ])("%s is refused, with one that it would take", (name, fix) => {
      const { definition, problems } = reader.read(`name: ${name}\n`);
      expect(definition).toBeUndefined();
      expect(problems).toMatchObject([{ line: 1, column: 7, warning: false, fix }]);
    });
  });

  describe("templates of templates", () => {
    it("that lead back to themselves are told with the way", () => {
      const circle = (first: string, second: string) =>
        `name: x\ntemplates:\n  - {name: a, fromTemplate: {name: ${first}}}\n  - {name: b, fromTemplate: {name: ${second}}}\n`;
      expect(problemsOf(circle("b", "a"))).toEqual([
        "3:5 templates[0]: leads back to itself: a → b → a; take one fromTemplate out",
        "4:5 templates[1]: leads back to itself: b → a → b; take one fromTemplate out",
      ]);
      expect(problemsOf(circle("a", "a"))).toEqual([expect.stringMatching(/^3:5 .*a → a;/)]);
      expect(problemsOf(circle("b", "c, project: other"))).toEqual([]);
    });
  });

  describe("what to write instead", () => {
    /** The text with all that can be mended by itself mended. */
    const mended = (text: string) => {
      const offset = (line: number, column: number) =>
        text
          .split("\n")
          .slice(0, line - 1)
          .join("\n").length +
        (line > 1 ? 1 : 0) +
        column -
        1;
      return reader
        .read(text)
        .problems.toReversed()
        .reduce((done, { line, column, endLine, endColumn, fix }) => {
          if (fix === undefined) return done;
          return done.slice(0, offset(line, column)) + fix + done.slice(offset(endLine, endColumn));
        }, text);
    };

    it.each([
      ["executor: !pipenv {command: x}", "executor: !pipEnv {command: x}"],
      [
        "executor:\n      !Custom {pythonVersion: 3, command: x}",
        "executor:\n      !custom {pythonVersion: 3, command: x}",
      ],
      ["environment: [{name: A, value: b}]", "env: [{key: A, val: b}]"],
      ["executr: !mlflow", "executor: !mlflow"],
      ["templateRef: other.thing", "fromTemplate: {name: thing, project: other}"],
      ["taskRef: t", "taskRef: {name: t}"],
      ["dataSets: [{ref: {name: a, project: b}}]", "dataSets: [b.a]"],
      ["artifacts: {saveChangedFiles: yes}", "artifactCfg: {saveChangedFiles: true}"],
    ])("of %s is %s", (wrong, right) => {
      const file = (task: string) => `projectid: x\ntasks:\n  - name: t\n    ${task}\n`;
      expect(mended(file(wrong))).toBe(file(right).replace("projectid", "name"));
      expect(reader.read(file(right).replace("projectid", "name")).problems.filter(({ fix }) => fix)).toEqual([]);
    });
  });

  describe("texts that are meant to harm", () => {
    it.each([
      ["keys", Array.from({ length: 12_000 }, (_, at) => `k${at}: v`).join("\n")],
      ["tags", "!a ".repeat(40_000)],
      ["words", `name: [${"x".repeat(130_000)}`],
    ])("%s are refused in time", (_, text) => {
      const began = performance.now();
      const { definition, problems } = reader.read(text);
      expect(definition).toBeUndefined();
      expect(problems.length).toBeGreaterThan(0);
      expect(problems.length).toBeLessThanOrEqual(100);
      expect(performance.now() - began).toBeLessThan(10_000);
    });

    it.each([
      ["brackets", "[".repeat(100_000), "nested too deeply"],
      ["braces", "{a: ".repeat(30_000), "nested too deeply"],
      ["keys in a line", "a: ".repeat(40_000), "nested too deeply"],
      ["dashes in a line", "- ".repeat(60_000), "nested too deeply"],
      ["size", `name: ${"x".repeat(2_000_000)}`, "at most 131072 are read"],
    ])("%s are refused before they are parsed", (_, text, says) => {
      expect(reader.read(text)).toEqual({
        problems: [
          { line: 1, column: 1, endLine: 1, endColumn: 1, message: expect.stringContaining(says), warning: false },
        ],
      });
    });

    it("a long file is no deep one", () => {
      const env = Array.from(
        { length: 500 },
        (_, at) => `      - key: K${at}\n        val: "[[ $x ]] && echo {${at}}"\n`,
      ).join("");
      expect(firstTask(`    executor: !mlflow\n    env:\n${env}`)?.variables).toHaveLength(500);
      const keys = Array.from({ length: 300 }, (_, at) => `k${at}:\n`).join("");
      expect(problemsOf(`name: x\n${keys}`).every((problem) => problem.includes("warning"))).toBe(true);
    });

    it("aliases of aliases are refused", () => {
      const levels = Array.from(
        { length: 12 },
        (_, at) => `l${at + 1}: &l${at + 1} [${Array(9).fill(`*l${at}`).join(", ")}]`,
      );
      const bomb = `name: x\nl0: &l0 {name: t}\n${levels.join("\n")}\ntasks: *l12\n`;
      expect(reader.read(bomb).definition).toBeUndefined();
      const wide = `name: x\ntemplates: &a [${Array(900).fill("{env: [{key: a, val: b}]}").join(", ")}]\nzebra: &b [*a, *a]\ntasks: *a\n`;
      expect(reader.read(wide).problems.length).toBeLessThanOrEqual(100);
      const cyclic = "name: x\ntasks: &t [{name: a, env: *t, dataSets: [{ref: &r {name: *r}}]}]\n";
      expect(reader.read(cyclic).definition).toBeUndefined();
    });

    it("__proto__ is a key like any other", () => {
      const task = firstTask("    executor: !mlflow\n    resources: {__proto__: x, constructor: y}\n");
      expect(Object.entries(task?.resources ?? {})).toEqual([
        ["__proto__", "x"],
        ["constructor", "y"],
      ]);
      expect(problemsOf("name: x\n__proto__: {}\nconstructor: 1\n")).toHaveLength(2);
    });
  });

  it("never throws, and defines a project if and only if nothing but warnings is told", { timeout: 60_000 }, () => {
    const words = fc.constantFrom(
      ..."name: x|tasks:|templates:|dataSets:|models:|- |  |    |\n|executor: |!pip|!pipenv|!mlflow|{|}|[|]|, |: |env|secrets|ame|key|a|~|null|&a |*a|---|'|\"|#|?|\t|é|fromTemplate: |taskRef: |<<: |!!str |%YAML 1.1\n|\u0000|\ufeff".split(
        "|",
      ),
    );
    const soup = fc.array(words, { maxLength: 40 }).map((parts) => parts.join(""));
    const lines = everything.split("\n");
    const cut = fc
      .array(fc.tuple(fc.nat({ max: lines.length - 1 }), fc.nat({ max: 20 }), words), { maxLength: 4 })
      .map((edits) =>
        edits
          .reduce(
            (text, [line, at, word]) => text.with(line, `${text[line]?.slice(0, at)}${word}${text[line]?.slice(at)}`),
            lines,
          )
          .join("\n"),
      );
    fc.assert(
      fc.property(fc.oneof(soup, cut, fc.string({ unit: "binary" })), (text) => {
        const { definition, problems } = reader.read(text);
        expect(definition === undefined).toBe(problems.some(({ warning }) => !warning));
        for (const { line, column } of problems) {
          expect(line).toBeGreaterThanOrEqual(1);
          expect(line).toBeLessThanOrEqual(text.split(/\r\n|\n|\r/).length + 1);
          expect(column).toBeGreaterThanOrEqual(1);
        }
      }),
      { numRuns: 300 },
    );
  });
}
