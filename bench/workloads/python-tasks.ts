import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createClient } from "@connectrpc/connect";
import { AmeService } from "@tributary/proto/ame/v1/ame_pb";
import { Serving } from "../harness/serving.ts";
import { percentile } from "../harness/statistics.ts";
import { withTemporaryFolder } from "../harness/temporary-folder.ts";
import type { Workload } from "../harness/workload.ts";

const count = 30;
const warmUp = 3;
const pause = 5;
/** Milliseconds that a task may take longer than a bare interpreter. */
const allowance = 50;
/** Building what the first run needs. */
const longest = 300_000;

const pyproject = `[project]
name = "bench"
version = "1"
requires-python = ">=3.9"
dependencies = []
[tool.poetry]
package-mode = false
`;

const projects = {
  pip: { "requirements.txt": "six==1.16.0\n" },
  poetry: { "pyproject.toml": pyproject },
} as const;

type Kind = keyof typeof projects;

/** What user code does first here: it notes the time. */
const noting = (file: string) => `import time; open(${JSON.stringify(file)}, "w").write(str(time.time()))`;

/** Milliseconds since 1970, once it is noted. */
async function noted(file: string): Promise<number> {
  for (const until = performance.now() + longest; performance.now() < until; await sleep(pause)) {
    try {
      const at = Number(readFileSync(file, "utf8"));
      if (at > 0) return at * 1_000;
    } catch {
      // Not yet.
    }
  }
  throw new Error("the task did not run");
}

const now = () => performance.timeOrigin + performance.now();

/** In turns, as the machine may be busy: milliseconds from RunTask to user code, and of a Python that is started from here. */
async function inTurns(serving: Serving, folder: string, kind: Kind): Promise<{ tasks: number[]; bare: number[] }> {
  const ame = createClient(AmeService, serving.transport);
  const { name: id } = await ame.createProject({ cfg: { name: kind } });
  for (const [filepath, text] of Object.entries(projects[kind])) {
    await ame.uploadProjectFile(
      (async function* () {
        yield { messages: { case: "identifier" as const, value: { taskid: id, filepath } } };
        yield { messages: { case: "chunk" as const, value: { contents: Buffer.from(text) } } };
      })(),
    );
  }
  const [tasks, bare]: [number[], number[]] = [[], []];
  for (let n = 0; n < count + warmUp; n++) {
    const file = join(folder, `${kind}-${n}`);
    const value = { pythonVersion: "3", command: `python -c '${noting(file)}'` };
    const asked = now();
    await ame.runTask({ projectId: { name: id }, taskCfg: { name: `t${n}`, executor: { case: kind, value } } });
    tasks.push((await noted(file)) - asked);
    await sleep(50);
    bare.push(await ofBarePython(`${file}-bare`));
  }
  return { tasks: tasks.slice(warmUp), bare: bare.slice(warmUp) };
}

/** Not a version manager's stand-in for it, which takes longer than all the rest. */
const bareInterpreter = execFileSync("python3", ["-c", "import sys; print(sys.executable)"], {
  encoding: "utf8",
}).trim();

/** The same for the machine's Python, started from here. */
async function ofBarePython(file: string): Promise<number> {
  const asked = now();
  await once(spawn(bareInterpreter, ["-c", noting(file)], { stdio: "ignore" }), "close");
  return (await noted(file)) - asked;
}

export const pythonTasks: Workload = {
  name: "PY",
  about: "tasks with packages from RunTask to user code, the environment being there",
  async run({ say }) {
    return withTemporaryFolder((folder) =>
      Serving.with({ slots: 2 }, async (serving) => {
        const rows = [];
        for (const kind of ["pip", "poetry"] as const) {
          say(`PY: ${kind}`);
          const { tasks, bare } = await inTurns(serving, folder, kind);
          const floor = percentile(bare, 0.5);
          const what = `RunTask to user code of a ${kind} task that has run before, p50`;
          const beside = [{ name: "the machine's interpreter, from start to user code", value: floor }];
          const bar = floor + allowance;
          rows.push({ workload: "PY", what, value: percentile(tasks, 0.5), unit: "ms" as const, bar, beside });
        }
        return rows;
      }),
    );
  },
};
