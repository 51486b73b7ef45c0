import type { GitServer } from "../apps/server/test/git-server.ts";
import type { ServerProcess } from "../apps/server/test/server-process.ts";
import { projectFile } from "./project-file.ts";
import { pushAt } from "./push-at.ts";
import { addSource, call, reached, runTask, submit } from "./rpc.ts";

/** Addresses of what {@link setUpTeam} has made. */
export interface Team {
  readonly project: string;
  readonly otherProject: string;
  readonly failingSource: string;
  readonly goodSource: string;
  /** With a project file that cannot be used. */
  readonly brokenSource: string;
  readonly runningTask: number;
  readonly failedTask: number;
  readonly waitingTask: number;
  /** Of the server's own machine. */
  readonly worker: string;
  /** It has left files. */
  readonly leavingTask: number;
}

/** Prints as a training does: coloured levels, a bar that rewrites its line. */
const train = `import os, random, sys, time
epochs = int(os.environ["EPOCHS"])
rng = random.Random(7)
def say(colour, level, text):
    print(f"\\x1b[1;{colour}m{level:<7}\\x1b[0m {text}", flush=True)
say(32, "INFO", f"read 48210 customers, learning rate {os.environ['RATE']}")
say(33, "WARNING", "tenure: 214 values are missing, filled with the median")
for epoch in range(1, epochs + 1):
    for step in range(0, 101, 5):
        print(f"\\repoch {epoch:>3} {step:>3}%|{'█' * (step // 5):<20}|", end="", flush=True)
        time.sleep(float(os.environ["PAUSE"]))
    print(flush=True)
    loss = 0.62 / epoch ** 0.4 + rng.random() / 50
    say(32, "INFO", f"epoch {epoch:>3}  loss {loss:.4f}  accuracy {1 - loss / 2:.3f}")
say(36, "DONE", f"wrote model.bin after {epochs} epochs")
`;

const validate = `import sys
print("\\x1b[1;32mINFO\\x1b[0m    checking 12 rules against customers.parquet")
print("\\x1b[1;33mWARNING\\x1b[0m rule age-in-range: 3 rows of 48210")
print("\\x1b[1;31mERROR\\x1b[0m   rule no-duplicates: customer_id 20817 occurs twice", file=sys.stderr)
print("Traceback (most recent call last):\\n  File \\"validate.py\\", line 6, in <module>\\nValueError: 1 of 12 rules is broken", file=sys.stderr)
sys.exit(1)
`;

const score = `models:
  - name: score
    training: {task: {taskRef: {name: train}}}
    validationTask: {taskRef: {name: check}}
`;

const churn = {
  "ame.yaml": `${projectFile("churn", [
    {
      name: "train",
      command: "python3 train.py",
      variables: { EPOCHS: "3", RATE: "0.003", PAUSE: "0" },
      resources: { cpu: "1", memory: "256Mi" },
      schedule: "15 2 * * *",
      labels: { team: "risk", stage: "nightly" },
    },
    { name: "validate", command: "python3 validate.py" },
    { name: "export", command: "echo exported 48210 rows", secrets: { WAREHOUSE: "warehouse-readonly" } },
    {
      name: "publish",
      command:
        "mkdir out && echo '<h1>Churn</h1><p>4.1 %</p>' > out/report.html && printf 'month,churn\\n1,4.1\\n' > out/churn.csv",
      artifacts: ["out"],
    },
    { name: "simulate", command: "python3 simulate.py", resources: { cpu: "6400" } },
  ])}${score}`,
  "train.py": train,
  "validate.py": validate,
  "notes/tuning.md": "# Tuning\n\nThree epochs are enough until the data doubles.\n",
};

const tuned = projectFile("churn", [
  { name: "train", command: "python3 train.py", variables: { EPOCHS: "10", RATE: "0.003", PAUSE: "0" } },
  { name: "tune", command: "python3 train.py" },
]);

const draft = `projectid: draft
tasks:
  - name: explore
    executor: !pipenv
      command: python explore.py
    artifacts: {saveChangedFiles: true}
  - name: report
    executor: !custom
      command: bash report.sh
`;

const forecast = {
  "ame.yaml": projectFile("forecast", [
    {
      name: "backtest",
      command: "for n in $(seq 8); do echo window $n of 8; sleep $PAUSE; done",
      variables: { HORIZON: "28", PAUSE: "0" },
      schedule: "CRON_TZ=Europe/Berlin 0 6 * * MON",
    },
  ]),
};

async function setUpSecrets(server: ServerProcess): Promise<void> {
  for (const key of ["warehouse-readonly", "git-token", "metrics-webhook"]) {
    await call(server, "tributary.v1.SecretService/CreateSecret", { key, value: `value of ${key}` });
  }
  await call(server, "tributary.v1.SecretService/ReplaceSecret", { key: "git-token", value: "not what is asked for" });
}

/** What a team has after a while: sources, some in bad order, secrets, and tasks in every state. Takes some seconds. */
export async function setUpTeam(server: ServerProcess, git: GitServer): Promise<Team> {
  await setUpSecrets(server);
  const ago = (hours: number) => new Date(Date.now() - hours * 3_600_000);
  await pushAt(git, "team/churn", churn, { message: "Train three epochs by default", date: ago(26) });
  await pushAt(git, "team/forecast", forecast, { message: "Backtest with eight windows", date: ago(75) });
  await git.push("team/pricing", { "ame.yaml": projectFile("pricing", []) });
  git.requireLogin("team/pricing", { username: "reader", password: "what is asked for" });
  await git.push("archive/legacy", { "readme.md": "Moved." });
  await pushAt(
    git,
    "team/churn",
    { ...churn, "ame.yaml": tuned },
    { branch: "feature/longer", message: "Try ten epochs", date: ago(2) },
  );
  await pushAt(git, "labs/draft", { "ame.yaml": draft }, { message: "Begin with two tasks", date: ago(5) });
  const [good, other, failing, broken] = await Promise.all([
    addSource(server, {
      repository: git.url("team/churn"),
      runSchedules: true,
      webhookSecretKey: "metrics-webhook",
    }),
    addSource(server, { repository: git.url("team/forecast"), runSchedules: true }),
    addSource(server, { repository: git.url("team/pricing"), username: "reader", secretKey: "git-token" }),
    addSource(server, { repository: git.url("labs/draft") }),
    addSource(server, { repository: git.url("archive/legacy"), syncInterval: "1h" }),
  ]);
  const run = (taskName: string, more: object = {}) => runTask(server, { projectId: good.id, taskName, ...more });
  const failedTask = await run("validate");
  const leavingTask = await run("publish");
  const tasks = [
    { id: await run("train"), end: "SUCCEEDED" },
    { id: await run("export"), end: "SUCCEEDED" },
    { id: await runTask(server, { projectId: other.id, taskName: "backtest" }), end: "SUCCEEDED" },
    { id: await submit(server, "wc --lines /etc/hostname"), end: "SUCCEEDED" },
    { id: await submit(server, "gzip --test archive-2026-11.tar.gz"), end: "FAILED" },
    { id: failedTask, end: "FAILED" },
    { id: leavingTask, end: "SUCCEEDED" },
  ] as const;
  await Promise.all(tasks.map(({ id, end }) => reached(server, id, end)));
  const runningTask = await run("train", { variables: toVariables({ EPOCHS: "400", PAUSE: "0.05" }) });
  const waitingTask = await run("simulate");
  await call(server, "tributary.v1.TaskService/CancelTask", { id: await run("simulate") });
  await reached(server, runningTask, "ACTIVE");
  const { workers } = await call<{ workers: { id: string }[] }>(server, "tributary.v1.WorkerService/ListWorkers", {});
  return {
    project: good.id,
    otherProject: other.id,
    goodSource: good.id,
    failingSource: failing.id,
    brokenSource: broken.id,
    runningTask,
    failedTask,
    waitingTask,
    worker: workers[0]?.id ?? "",
    leavingTask,
  };
}

export function toVariables(values: Readonly<Record<string, string>>): readonly object[] {
  return Object.entries(values).map(([name, value]) => ({ name, value }));
}
