import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { createSource } from "../../apps/server/src/core/sources/sources.ts";
import { syncSource } from "../../apps/server/src/core/sources/sync-source.ts";
import { type GitServer, startGitServer } from "../../apps/server/test/git-server.ts";
import { openInProcess } from "../../apps/server/test/in-process.ts";
import { median } from "../harness/statistics.ts";
import { withTemporaryFolder } from "../harness/temporary-folder.ts";
import type { Workload } from "../harness/workload.ts";

const run = promisify(execFile);
const files = 200;
const times = 30;
const never = new AbortController().signal;

async function timed(act: () => Promise<unknown>): Promise<number> {
  await act();
  const all: number[] = [];
  for (let n = 0; n < times; n++) {
    const started = performance.now();
    await act();
    all.push(performance.now() - started);
  }
  return median(all);
}

/** All of a sync: the login, the fetch, the project file, the schedules, and what is written of it. */
async function bySource(git: GitServer): Promise<number> {
  const server = await openInProcess();
  try {
    const { id } = await createSource(server.ports, { repository: git.url("bench") });
    return await timed(async () => {
      const source = await syncSource(server.ports, id, never);
      if (source?.state !== "synchronized") throw new Error(source?.reason ?? "the source is gone");
    });
  } finally {
    await server.close();
  }
}

/** `git fetch` in a mirror that is up to date. */
function byGit(git: GitServer): Promise<number> {
  return withTemporaryFolder(async (folder) => {
    const mirror = join(folder, "mirror.git");
    await run("git", ["clone", "--quiet", "--mirror", git.url("bench"), mirror]);
    return timed(() => run("git", ["-C", mirror, "fetch", "--quiet", "--prune"]));
  });
}

export const unchangedSource: Workload = {
  name: "W11",
  about: `a sync of a source of ${files} files that has not changed`,
  async run({ say }) {
    const git = await startGitServer();
    try {
      const content = Object.fromEntries(Array.from({ length: files }, (_, at) => [`src/${at}.py`, `print(${at})\n`]));
      await git.push("bench", { ...content, "ame.yaml": "name: bench\ntasks:\n  - name: t\n    executor: !mlflow\n" });
      say("W11: a sync");
      const value = await bySource(git);
      say("W11: git fetch");
      const floor = await byGit(git);
      return [
        {
          workload: "W11",
          what: "a sync that finds nothing new, over http on loopback",
          value,
          unit: "ms" as const,
          beside: [{ name: "git fetch in a mirror", value: floor, share: 0.5 }],
          note: "the server starts git five times: once it asks the host, four times it reads the mirror",
        },
      ];
    } finally {
      await git.close();
    }
  },
};
