import { timestampMs } from "@bufbuild/protobuf/wkt";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { type Schedule, ScheduleService, TickOutcome } from "@tributary/proto/tributary/v1/schedules_pb";
import { SourceService } from "@tributary/proto/tributary/v1/sources_pb";
import { TaskService, TaskState } from "@tributary/proto/tributary/v1/tasks_pb";
import { expect, it } from "vitest";
import { type GitServer, startGitServer } from "#test/git-server.ts";
import { ServerProcess } from "#test/server-process.ts";

const projectFile = (cron: string) =>
  `name: nightly\ntasks:\n  - name: train\n    executor: !custom {pythonVersion: 3, command: "echo trained"}\n` +
  `    triggers: {schedule: "${cron}"}\n`;

const to = (server: ServerProcess) => createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" });

/** Asks again until the answer is there. */
async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function findSchedule(server: ServerProcess, cron: string): Promise<Schedule> {
  const schedules = createClient(ScheduleService, to(server));
  return until(async () => (await schedules.listSchedules({})).schedules.find((found) => found.cron === cron));
}

async function addSource(server: ServerProcess, git: GitServer): Promise<string> {
  await git.push("nightly", { "ame.yaml": projectFile("* * * * *") });
  const settings = { repository: git.url("nightly"), runSchedules: true };
  return (await createClient(SourceService, to(server)).createSource({ settings })).source!.id;
}

it("a schedule of a repository runs its task at the full minute, once, though the server is killed before it", async () => {
  const git = await startGitServer();
  let server = await ServerProcess.start();
  try {
    await addSource(server, git);
    const { id, nextTime } = await findSchedule(server, "* * * * *");
    await server.kill();
    server = await ServerProcess.start({ dataFolder: server.dataFolder });
    const schedules = createClient(ScheduleService, to(server));
    const tick = await until(async () => (await schedules.getSchedule({ id })).ticks[0]);
    expect(tick.outcome).toBe(TickOutcome.STARTED);
    expect(tick.time).toEqual(nextTime);
    const tasks = createClient(TaskService, to(server));
    const task = await until(async () => {
      const found = (await tasks.getTask({ id: tick.taskId })).task;
      return found?.state === TaskState.SUCCEEDED ? found : undefined;
    });
    expect(timestampMs(task.createTime!)).toBeGreaterThanOrEqual(timestampMs(nextTime!));
    expect(task.commit).toMatch(/^[0-9a-f]{40}$/);
    const { tasks: all } = await tasks.listTasks({ filter: { projectName: "nightly" } });
    expect(all).toHaveLength((await schedules.getSchedule({ id })).ticks.length);
  } finally {
    await Promise.all([server.destroy(), git.close()]);
  }
}, 120_000);

it("schedules follow the project file, and end with the switch of their source", async () => {
  const [git, server] = await Promise.all([startGitServer(), ServerProcess.start()]);
  try {
    const sources = createClient(SourceService, to(server));
    const id = await addSource(server, git);
    await findSchedule(server, "* * * * *");
    await git.push("nightly", { "ame.yaml": projectFile("0 3 * * *") });
    await sources.syncSource({ id });
    await findSchedule(server, "0 3 * * *");
    await sources.updateSource({ id, settings: { repository: git.url("nightly") } });
    const schedules = createClient(ScheduleService, to(server));
    await until(async () => ((await schedules.listSchedules({})).schedules.length === 0 ? true : undefined));
  } finally {
    await Promise.all([server.destroy(), git.close()]);
  }
});
