import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { screen, waitFor, within } from "@testing-library/react";
import { LogLevel } from "@tributary/proto/tributary/v1/logs_pb";
import { Dialect, TaskState } from "@tributary/proto/tributary/v1/tasks_pb";
import { Role } from "@tributary/proto/tributary/v1/tokens_pb";
import { ProvidedWorkerState, WorkerKind } from "@tributary/proto/tributary/v1/workers_pb";
import { expect, test } from "vitest";

import { World } from "#api/fixtures/world.ts";
import { openApp, requestsOf } from "./open-app.tsx";

function lab(): World {
  const world = new World();
  world.putWorker({
    id: "w1",
    name: "lab-7",
    number: 3,
    kind: WorkerKind.TRIBUTARY,
    online: true,
    slots: 4,
    cpuMillis: 4000n,
    memoryBytes: 2n ** 33n,
    lastSeenTime: timestampFromMs(Date.now()),
    pythonVersions: ["3.13.1", "3.11.2"],
    containers: { engine: "podman", version: "4.3.1" },
    offers: { containers: 4n },
  });
  world.putWorker({
    id: "w2",
    name: "slurm-1",
    number: 4,
    slots: 8,
    provided: { provider: "slurm", flavor: "gpu", state: ProvidedWorkerState.FAILED, reason: "node n2 is down" },
  });
  world.putWorker({ id: "w3", name: "node-11", number: 5, kind: WorkerKind.SCITQ, online: true, slots: 16 });
  return world;
}

test("lists workers in groups, how each stands, and why it is not there", async () => {
  openApp("/workers", lab());
  const failed = await screen.findByRole("row", { name: /slurm-1/ });
  for (const text of ["Failed", "node n2 is down"]) expect(failed.textContent).toContain(text);
  const rows = screen.getAllByRole("row").map(({ textContent }) => textContent ?? "");
  const at = (text: string) => rows.findIndex((row) => row.includes(text));
  expect(at("slurm · gpu8 processors")).toBe(at("slurm-1") - 1);
  expect(at("Your machines")).toBe(at("lab-7") - 1);
  expect(at("TaskQueue's own workers")).toBe(at("node-11") - 1);
  expect(rows[at("lab-7")]).toContain("Idle");
  expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("0 of 20 slots busy on 2 workers");
  expect(screen.getByText(/1 failed\./)).toBeTruthy();
});

test("a group folds, and leads to more workers of its kind", async () => {
  const { user, address } = openApp("/workers", lab());
  const fold = await screen.findByRole("button", { name: "slurm · gpu" });
  await user.click(fold);
  expect(screen.queryByRole("row", { name: /slurm-1/ })).toBeNull();
  expect(address()).toBe("/workers?fold=provider+slurm/gpu");
  expect(fold.getAttribute("aria-expanded")).toBe("false");
  await user.click(screen.getByRole("button", { name: "slurm · gpu" }));
  expect(await screen.findByRole("row", { name: /slurm-1/ })).toBeTruthy();
  await user.click(screen.getByRole("link", { name: "Add…" }));
  expect(await screen.findByRole("combobox", { name: "Machine" })).toHaveProperty("textContent", "gpu");
  await user.click(screen.getByRole("button", { name: "Close" }));
  await waitFor(() => expect(address()).toBe("/workers"));
});

test("a row names what its worker runs, and tells how full its machine is", async () => {
  const world = lab();
  const firstTasks = [17, 18].map((id) => ({ id, title: `fit ${id}` }));
  world.putWorker({
    id: "w1",
    slotsUsed: 3,
    taskIds: [17, 18, 19],
    firstTasks,
    cpuMillisUsed: 3000n,
    load: { cpuMillis: 1000n, memoryBytes: 2n ** 32n },
  });
  openApp("/workers", world);
  const row = await screen.findByRole("row", { name: /lab-7/ });
  expect(within(row).getByRole("link", { name: "fit 18" }).getAttribute("href")).toBe("/tasks/18");
  for (const text of ["fit 17, fit 18", "1 more", "3/4", "25 %", "4 of 8 GiB"]) expect(row.textContent).toContain(text);
  expect(within(row).getByRole("meter", { name: "CPU of lab-7" }).getAttribute("aria-valuenow")).toBe("25");
  expect(within(row).getByTitle("3 of 4 reserved, 1 in use on the machine")).toBeTruthy();
});

test("a worker with room while tasks are queued says so, and its row opens why", async () => {
  const world = lab();
  world.putTask({ title: "big", state: TaskState.QUEUED });
  world.idleReasons.push({ reason: { code: "too-big", message: "8 CPUs are asked for" }, count: 1, firstTaskId: 1 });
  const { user, address } = openApp("/workers", world);
  const row = await screen.findByRole("row", { name: /lab-7.*4 slots free while 1 task is queued/ });
  await user.click(within(row).getByText(/4 slots free/));
  expect(await screen.findByText("8 CPUs are asked for")).toBeTruthy();
  expect(address()).toBe("/workers?open=w1");
});

test("a worker is drained from its row, and taken back by the note about it", async () => {
  const { world, user } = openApp("/workers", lab());
  await user.click(await screen.findByRole("button", { name: "More for lab-7" }));
  await user.click(await screen.findByRole("menuitem", { name: "Drain" }));
  expect((await screen.findByRole("row", { name: /lab-7/ })).textContent).toContain("Draining");
  await user.click(await screen.findByRole("button", { name: "Undo" }));
  await waitFor(() => expect(requestsOf(world, "resumeWorker")).toMatchObject([{ id: "w1" }]));
  await waitFor(() => expect(screen.getByRole("row", { name: /lab-7/ }).textContent).toContain("Idle"));
});

test("a worker's page tells what it has, drains it and takes it back, as it happens", async () => {
  const { world, user } = openApp("/workers/w1", lab());
  expect(await screen.findByText("podman 4.3.1")).toBeTruthy();
  for (const text of ["3.13.1, 3.11.2", "4 × containers", "0 of 4 taken"]) expect(screen.getByText(text)).toBeTruthy();
  expect(await screen.findByText(/Nothing is queued/)).toBeTruthy();
  await user.click(screen.getByRole("button", { name: "Drain" }));
  expect(await screen.findByText(/It is draining/)).toBeTruthy();
  expect(requestsOf(world, "drainWorker")).toMatchObject([{ id: "w1" }]);
  await user.click(await screen.findByRole("button", { name: "Resume" }));
  expect(await screen.findByText(/Nothing is queued/)).toBeTruthy();
});

test("an idle worker is explained by what is queued", async () => {
  const world = lab();
  const reason = { code: "too-big", message: "lab-7 has 4 CPUs, 8 CPUs are asked for" };
  world.idleReasons.push({ reason, count: 1_200, firstTaskId: 17 });
  openApp("/workers/w1", world);
  const line = (await screen.findByText(reason.message)).closest("li");
  expect(line?.textContent).toMatch(/^1,200/);
  expect(within(line!).getByRole("link", { name: "#17" }).getAttribute("href")).toBe("/tasks/17");
  expect(screen.getByText("Why none of the 1,200 that are queued has come:")).toBeTruthy();
});

test("what a worker runs and ran leads to the tasks", async () => {
  const world = lab();
  const task = world.putTask({ title: "fit", state: TaskState.SUCCEEDED, workerId: "w1", workerName: "lab-7" });
  openApp("/workers/w1", world);
  const history = await screen.findByRole("table", { name: "Tasks of this worker" });
  expect(within(history).getByRole("link", { name: "fit" }).getAttribute("href")).toBe(`/tasks/${task.id}`);
});

test("a worker that a provider has given is deleted from its page", async () => {
  const { world, user, address } = openApp("/workers/w2", lab());
  await user.click(await screen.findByRole("link", { name: "Delete" }));
  expect(await screen.findByText(/It goes from the lists/)).toBeTruthy();
  await user.click(screen.getByRole("button", { name: "Delete worker" }));
  await waitFor(() => expect(address()).toBe("/workers"));
  expect(requestsOf(world, "deleteWorker")).toMatchObject([{ id: "w2", force: false }]);
  expect(world.workers.has("w2")).toBe(false);
});

test("a worker's page shows what its program says itself, and what is new as it comes", async () => {
  const world = lab();
  const line = (at: number, message: string, level = LogLevel.INFO) => ({
    sequence: BigInt(at),
    time: timestampFromMs(Date.UTC(2026, 0, 1, 0, 0, at)),
    level,
    message,
    gapBefore: at === 1,
  });
  const lines = Array.from({ length: 700 }, (_, at) => line(at + 1, `line ${at + 1}.`));
  world.workerLogs.set("w1", lines);
  const { user } = openApp("/workers/w1", world);
  const table = await screen.findByRole("table", { name: "Log" });
  expect(within(table).getAllByRole("row")[1]?.textContent).toMatch(/2026.*Info.*line 700\.$/);
  expect(within(table).queryByText("line 1.")).toBeNull();
  await user.click(screen.getByRole("button", { name: "Show all 700 lines" }));
  expect(within(table).getByText("line 1.").closest("tr")?.textContent).toContain("not kept any more");
  lines.push(line(701, "no room is left", LogLevel.ERROR));
  const last = await within(table).findByText("no room is left", undefined, { timeout: 15_000 });
  expect(last.closest("tr")?.textContent).toContain("Error");
  expect(requestsOf(world, "listWorkerLogLines").slice(0, 3)).toMatchObject([
    { id: "w1", after: 0n },
    { after: 500n },
    { after: 700n },
  ]);
}, 30_000);

test("a worker that has said nothing here is told from one that keeps its log itself", async () => {
  const { world, user } = openApp("/workers/w1", lab());
  expect(await screen.findByText(/has not told this server yet/)).toBeTruthy();
  const [list] = await screen.findAllByRole("link", { name: "Workers" });
  if (list) await user.click(list);
  await user.click(await screen.findByRole("link", { name: "node-11" }));
  expect(await screen.findByText(/Workers of scitq's keep their logs themselves/)).toBeTruthy();
  expect(requestsOf(world, "listWorkerLogLines")).not.toContainEqual(expect.objectContaining({ id: "w3" }));
});

test("a machine of one's own gets a token of its own and the whole command, once", async () => {
  const { world, user } = openApp("/workers?act=add", lab());
  await user.type(await screen.findByRole("textbox", { name: /Name/ }), "lab 8");
  await user.click(screen.getByRole("button", { name: "Make a token and show the command" }));
  const command = await screen.findByRole("group", { name: "Command that starts the worker" });
  expect(command.textContent).toMatch(
    /^tributary worker \\\n {2}--server \S+ \\\n {2}--token trib_x+ \\\n {2}--name 'lab 8'$/,
  );
  expect(requestsOf(world, "createToken")).toMatchObject([
    { role: Role.WORKER, workerName: "lab 8", manyWorkers: false },
  ]);
  await user.click(screen.getByRole("button", { name: "Done" }));
  await waitFor(() => expect(screen.queryByText(/--token/)).toBeNull());
});

test("workers are got from a provider, and are in the list while they start", async () => {
  const { world, user } = openApp("/workers?act=add", lab());
  await user.click(await screen.findByRole("combobox", { name: "Where" }));
  await user.click(await screen.findByRole("option", { name: /Slurm/ }));
  const count = await screen.findByRole("textbox", { name: "How many" });
  await user.clear(count);
  await user.type(count, "0");
  expect(screen.getByText("Write a whole number from 1 to 100")).toBeTruthy();
  await user.clear(count);
  await user.type(count, "2");
  await user.click(screen.getByRole("button", { name: "Get 2 workers" }));
  await waitFor(() =>
    expect(requestsOf(world, "createWorkers")).toMatchObject([
      { provider: "slurm", flavor: "small", region: "main", count: 2, slots: 0 },
    ]),
  );
  expect(await screen.findByRole("row", { name: /slurm-2/ })).toBeTruthy();
});

test("a worker that is not there is said so", async () => {
  openApp("/workers/nobody", lab());
  expect(await screen.findByText("There is no such worker")).toBeTruthy();
});

test("files of the Agent are listed and deleted", async () => {
  const world = new World();
  world.stagedFiles.set("score.py", 4812);
  const { user } = openApp("/staged-files", world);
  expect((await screen.findByRole("row", { name: /score\.py/ })).textContent).toContain("4.7 KiB");
  await user.click(screen.getByRole("button", { name: "Delete score.py" }));
  await user.click(await screen.findByRole("button", { name: "Delete file" }));
  expect(await screen.findByText("No file is here yet")).toBeTruthy();
});

test("a task shows its image, and what its own API calls it", async () => {
  const world = new World();
  const spec = { command: "blastn", environment: "image", image: "ncbi/blast:2.16" };
  const queued = world.putTask({ title: "blast", dialect: Dialect.TASKQUEUE, state: TaskState.QUEUED }, { spec });
  openApp(`/tasks/${queued.id}?tab=parameters`, world);
  expect(await screen.findByText("ncbi/blast:2.16")).toBeTruthy();
  expect(screen.getByText("TaskQueue's letter").closest("dt")?.nextElementSibling?.textContent).toBe("P");
});
