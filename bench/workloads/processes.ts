import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createClient } from "@connectrpc/connect";
import { TaskService, TaskState } from "@tributary/proto/tributary/v1/tasks_pb";
import type { AttemptFolder } from "../../apps/worker/src/attempt-folder.ts";
import { AttemptFolders } from "../../apps/worker/src/attempt-folders.ts";
import { attemptBase } from "../../apps/worker/src/environment-variables.ts";
import { openLauncher } from "../../apps/worker/src/launcher/launcher.ts";
import { needProgram } from "../harness/need-program.ts";
import { Serving } from "../harness/serving.ts";
import { median, repeat } from "../harness/statistics.ts";
import { withTemporaryFolder } from "../harness/temporary-folder.ts";
import type { Workload } from "../harness/workload.ts";
import { tryPeer } from "../peers/try-peer.ts";

const tasks = 2_000;
const atOnce = 8;
/** Between two looks at how many are left, at the end. */
const LOOK_MS = 50;
/** What one of the tasks takes at the least, so that no look comes after the last end for more than that. */
const AT_LEAST_MS = 0.5;
const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
const perSecond = (started: number) => tasks / ((performance.now() - started) / 1_000);

/** Queued while the worker is stopped; from its going on to the last end. */
async function ours(): Promise<number> {
  return Serving.with({ slots: atOnce }, async (serving) => {
    const worker = Number(readFileSync(await workerFile(serving), "utf8"));
    process.kill(worker, "SIGSTOP");
    await serving.fill(tasks, "true");
    const list = createClient(TaskService, serving.transport);
    const started = performance.now();
    process.kill(worker, "SIGCONT");
    const filter = { states: [TaskState.QUEUED, TaskState.ACTIVE] };
    for (;;) {
      const { total: left } = await list.listTasks({ filter, pageSize: 1 });
      if (left === 0) return perSecond(started);
      // Twenty looks a second took a sixteenth of both processors, which the launcher alone does not have to give.
      await sleep(Math.max(LOOK_MS, left * AT_LEAST_MS));
    }
  });
}

/** There once the worker runs. */
async function workerFile({ process: server, transport }: Serving): Promise<string> {
  const file = join(server.dataFolder, "worker/worker.pid");
  for (;;) {
    const { tasks: done } = await createClient(TaskService, transport).listTasks({ pageSize: 1 });
    if (done.length === 0) await new Serving(server).fill(1, "true");
    else if (done[0]?.state === TaskState.SUCCEEDED) return file;
    await sleep(50);
  }
}

/** The launcher, asked as the worker asks it: with folders that are there, and the environment and limits of a task. */
async function launcherAlone(): Promise<number> {
  return withTemporaryFolder(async (folder) => {
    const launcher = await openLauncher({
      folder: join(folder, "launcher"),
      socketPath: join(folder, "launcher.sock"),
      log: quiet,
    });
    const waiting = new Map<string, () => void>();
    void (async () => {
      for await (const { id } of launcher.ends()) {
        waiting.get(id)?.();
        waiting.delete(id);
      }
    })();
    let left = tasks;
    // As the worker does, nobody waits for it before the next start.
    const forgotten: Promise<unknown>[] = [];
    const startAll = async ({ work: cwd, out, err, home, tmp }: AttemptFolder) => {
      const env = { ...base, HOME: home, TMPDIR: tmp };
      while (left > 0) {
        const id = `t${left--}`;
        const ended = new Promise<void>((resolve) => waiting.set(id, resolve));
        await launcher.start({ id, argv: ["bash", "-c", "true"], cwd, env, out, err, limits: { pids: 4_096 } });
        await ended;
        forgotten.push(launcher.forget(id));
      }
    };
    const places = await foldersIn(folder);
    const started = performance.now();
    await Promise.all(places.map(startAll));
    const rate = perSecond(started);
    await Promise.all(forgotten);
    await launcher.shutdown();
    return rate;
  });
}

const base = { ...attemptBase(process.env), SHELL: "/bin/bash", LC_CTYPE: "C.UTF-8", PYTHONUNBUFFERED: "1" };

async function foldersIn(folder: string): Promise<AttemptFolder[]> {
  const [attempts, spare] = [join(folder, "attempts"), join(folder, "spare")];
  for (const path of [attempts, spare]) mkdirSync(path);
  const folders = new AttemptFolders(attempts, spare);
  await folders.prepare(atOnce);
  return Array.from({ length: atOnce }, (_, index) => {
    folders.take(`a${index}`);
    return folders.of(`a${index}`);
  });
}

function parallel(): number {
  const program = needProgram("parallel", "parallel");
  const started = performance.now();
  execFileSync("sh", ["-c", `seq ${tasks} | ${program} -j${atOnce} true {}`], { stdio: "ignore" });
  return perSecond(started);
}

export const processes: Workload = {
  name: "W1p",
  about: "2,000 tasks that are a process each",
  async run({ say, repeats }) {
    say("W1p: tasks");
    const rate = median(await repeat(repeats, ours));
    say("W1p: the launcher alone");
    const floor = median(await repeat(repeats, launcherAlone));
    say("W1p: GNU parallel");
    const peer = await tryPeer(say, async () => ({ name: "GNU parallel -j8", value: parallel() }));
    return [
      {
        workload: "W1p",
        what: "tasks that run true, through server and worker",
        value: rate,
        unit: "/s",
        bar: 800,
        beside: [{ name: "the launcher alone, the same commands", value: floor, share: 0.75 }, ...peer],
      },
    ];
  },
};
