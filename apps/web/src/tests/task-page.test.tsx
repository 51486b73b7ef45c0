import type { MessageInitShape } from "@bufbuild/protobuf";
import { durationFromMs, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { screen, waitFor, within } from "@testing-library/react";
import { type PreviewArtifactResponseSchema, PreviewKind } from "@tributary/proto/tributary/v1/artifacts_pb";
import { AttemptOutcome, AttemptPhase, TaskOriginKind, TaskState } from "@tributary/proto/tributary/v1/tasks_pb";
import { describe, expect, onTestFinished, test } from "vitest";

import { World } from "#api/fixtures/world.ts";
import { openApp, requestsOf } from "./open-app.tsx";

function oneTask(state: TaskState): World {
  const world = new World();
  world.putTask(
    {
      id: 7,
      title: "train",
      state,
      phase: AttemptPhase.RUNNING,
      attempt: 1,
      projectId: "p",
      projectName: "churn",
      creator: "ana",
    },
    {
      attempts: [{ number: 1, phase: AttemptPhase.RUNNING }],
      spec: {
        command: "python train.py",
        variables: [{ name: "SEED", value: "7" }],
        secrets: [{ key: "warehouse", injectAs: "WAREHOUSE_TOKEN" }],
        resources: { cpu: "4" },
      },
    },
  );
  return world;
}

test("tells the state, and the tab's title tells it first", async () => {
  const { world } = openApp("/tasks/7", oneTask(TaskState.ACTIVE));
  await screen.findByRole("heading", { name: "train" });
  expect(document.title).toBe("Running · train · Tributary");
  await screen.findByText("Live");
  const reason = { code: "exit-code", message: "Exit code 1", hint: "Read the end of its log." };
  world.putTask({ id: 7, state: TaskState.FAILED, reason });
  await waitFor(() => expect(document.title).toBe("Failed · train · Tributary"));
  expect(screen.getByText("Exit code 1.")).toBeDefined();
  expect(screen.getByText("Read the end of its log.", { exact: false })).toBeDefined();
});

test("a task that waits says what would let it run", async () => {
  const world = oneTask(TaskState.QUEUED);
  const { user, address } = openApp("/tasks/7", world);
  world.putTask({ id: 7, reason: { code: "too-big", message: "It asks for more memory than any worker has" } });
  const add = await screen.findByRole("link", { name: "Add workers…" });
  expect(add.getAttribute("href")).toBe("/workers?act=add");
  await user.click(screen.getByRole("button", { name: "Ask for less…" }));
  await screen.findByRole("dialog", { name: "Run a task" });
  expect(decodeURIComponent(address())).toContain("run=p/train");
  world.putTask({ id: 7, state: TaskState.WAITING, reason: { code: "dependency", message: "Waits for fetch" } });
  const inputs = await screen.findByRole("link", { name: "What it waits for", hidden: true });
  expect(inputs.getAttribute("href")).toBe("/tasks/7?tab=lineage");
  expect(screen.queryByRole("link", { name: "Add workers…", hidden: true })).toBeNull();
});

test("is cancelled after a question", async () => {
  const { world, user } = openApp("/tasks/7", oneTask(TaskState.ACTIVE));
  await user.click(await screen.findByRole("button", { name: "Cancel" }));
  const dialog = await screen.findByRole("dialog", { name: "Cancel train?" });
  await user.click(within(dialog).getByRole("button", { name: "Cancel the task" }));
  await waitFor(() => expect(document.title).toBe("Cancelling · train · Tributary"));
  expect(requestsOf(world, "cancelTask").length).toBe(1);
});

test("runs again as a new task, and goes there", async () => {
  const { user, address } = openApp("/tasks/7", oneTask(TaskState.FAILED));
  await user.click(await screen.findByRole("button", { name: "Run again" }));
  await waitFor(() => expect(address()).toBe("/tasks/8"));
  await screen.findByRole("link", { name: "repeats #7" });
});

test("shows the log as it grows", async () => {
  const world = oneTask(TaskState.ACTIVE);
  world.writeLog(7, ["epoch 1"]);
  openApp("/tasks/7", world);
  await screen.findByText("epoch 1");
  world.writeLog(7, ["epoch 2"]);
  await screen.findByText("epoch 2");
});

test.each([
  ["pip", "6b1f02ac9d3e4477", true, "Python 3.11.7, pip, from the cache"],
  ["poetry", "6b1f02ac9d3e4477", false, "Python 3.11.7, Poetry, built for this run and kept"],
  ["pipenv", "", false, "Python 3.11.7, Pipenv, built for this run alone"],
  ["", "", true, "Python 3.11.7"],
])("tells the environment that the attempt was given: %s %s %s", async (kind, key, reused, text) => {
  const world = oneTask(TaskState.SUCCEEDED);
  const environment = { kind, pythonVersion: "3.11.7", key, reused };
  world.putTask({ id: 7 }, { attempts: [{ number: 1, environment }], spec: { command: "true" } });
  const { user } = openApp("/tasks/7?tab=parameters", world);
  await screen.findByText(text);
  expect(screen.queryByText("kept as 6b1f02ac9d3e") !== null).toBe(key !== "");
  await user.click(screen.getByRole("tab", { name: /Attempts/ }));
  await screen.findByRole("cell", { name: text });
});

test("a line picked in the log stands in the address", async () => {
  const world = oneTask(TaskState.SUCCEEDED);
  world.writeLog(7, ["one", "two", "three"]);
  const { user, address } = openApp("/tasks/7", world);
  await screen.findByText("two");
  await user.click(await screen.findByRole("link", { name: "Line 2" }));
  await waitFor(() => expect(address()).toBe("/tasks/7#L2"));
});

test("searches the whole log", async () => {
  const world = oneTask(TaskState.SUCCEEDED);
  world.writeLog(
    7,
    Array.from({ length: 12_000 }, (_, index) => (index % 5000 === 0 ? "needle" : "hay")),
  );
  const { user } = openApp("/tasks/7", world);
  await user.type(await screen.findByRole("textbox", { name: "Search the whole log" }), "needle");
  await screen.findByText("3 hits");
  await user.click(screen.getByRole("button", { name: "Next hit" }));
  await screen.findByText("1 of 3");
});

test("lists parameters; secrets by name only", async () => {
  const { user, address } = openApp("/tasks/7", oneTask(TaskState.SUCCEEDED));
  await user.click(await screen.findByRole("tab", { name: /Parameters/ }));
  await screen.findByText("SEED");
  expect(screen.getByRole("link", { name: "warehouse" })).toBeDefined();
  expect(screen.getByText("python train.py")).toBeDefined();
  await waitFor(() => expect(address()).toBe("/tasks/7?tab=parameters"));
});

test("lists attempts with how they ended", async () => {
  const world = oneTask(TaskState.FAILED);
  world.putTask(
    { id: 7, attempt: 2 },
    {
      attempts: [
        { number: 1, outcome: AttemptOutcome.LOST, workerName: "gpu-a" },
        { number: 2, outcome: AttemptOutcome.FAILED, exitCode: 3, workerName: "gpu-b" },
      ],
    },
  );
  openApp("/tasks/7?tab=attempts", world);
  const table = await screen.findByRole("table", { name: "Attempts" });
  expect(within(table).getByText("Worker lost")).toBeDefined();
  expect(within(table).getByText("Exit 3")).toBeDefined();
});

test("files that the task left can be downloaded", async () => {
  const world = oneTask(TaskState.SUCCEEDED);
  world.putTask({ id: 7 }, { artifacts: [{ path: "out/report.csv", sizeBytes: 213n, attempt: 1 }] });
  const saved: string[] = [];
  const click = HTMLAnchorElement.prototype.click;
  HTMLAnchorElement.prototype.click = function () {
    saved.push(this.href);
  };
  onTestFinished(() => {
    HTMLAnchorElement.prototype.click = click;
  });
  const { user } = openApp("/tasks/7?tab=artifacts", world);
  await user.click(await screen.findByRole("button", { name: "Download out/report.csv" }));
  await waitFor(() =>
    expect(saved).toEqual([new URL("/tasks/7/artifact?path=out%2Freport.csv&attempt=1", location.href).href]),
  );
});

type Preview = (pageToken: string) => MessageInitShape<typeof PreviewArtifactResponseSchema>;

describe("the files that a task left", () => {
  function openFiles(address: string, files: Readonly<Record<string, Preview>>) {
    const world = oneTask(TaskState.SUCCEEDED);
    const artifacts = Object.keys(files).map((path) => ({
      path,
      sizeBytes: 20n,
      attempt: 1,
      contentType: "text/plain",
    }));
    world.putTask({ id: 7 }, { artifacts });
    for (const [path, preview] of Object.entries(files)) world.previews.set(path, preview);
    return openApp(address, world);
  }

  test("are chosen and downloaded as one archive", async () => {
    const saved: string[] = [];
    const click = HTMLAnchorElement.prototype.click;
    HTMLAnchorElement.prototype.click = function () {
      saved.push(this.href.replace(location.origin, ""));
    };
    onTestFinished(() => {
      HTMLAnchorElement.prototype.click = click;
    });
    const none = () => ({});
    const { user } = openFiles("/tasks/7?tab=artifacts", { "a.txt": none, "b/c.txt": none, "d.txt": none });
    await user.click(await screen.findByRole("button", { name: "Download all" }));
    await user.click(screen.getByRole("checkbox", { name: "Choose a.txt" }));
    await user.click(screen.getByRole("checkbox", { name: "Choose b/c.txt" }));
    await user.click(screen.getByRole("button", { name: "Download 2 chosen" }));
    expect(saved).toEqual(["/tasks/7/artifacts.zip", "/tasks/7/artifacts.zip?path=a.txt&path=b%2Fc.txt"]);
    expect(screen.getByText("3 files, 60 B")).toBeDefined();
  });

  test("are shown by keyboard, part by part, and closed again", async () => {
    const parts: Readonly<Record<string, MessageInitShape<typeof PreviewArtifactResponseSchema>>> = {
      "": { kind: PreviewKind.TEXT, text: "first part", nextPageToken: "2" },
      "2": { kind: PreviewKind.TEXT, text: "second part" },
    };
    const { user, address } = openFiles("/tasks/7?tab=artifacts", { "log.txt": (token) => parts[token] ?? {} });
    (await screen.findByRole("link", { name: "log.txt" })).focus();
    await user.keyboard("{Enter}");
    const dialog = within(await screen.findByRole("dialog", { name: "log.txt" }));
    await dialog.findByText("first part");
    await user.click(dialog.getByRole("button", { name: "Next part" }));
    await dialog.findByText("second part");
    expect(dialog.getByText("Part 2: 256 KiB at most")).toBeDefined();
    await user.click(dialog.getByRole("button", { name: "Back to the beginning" }));
    await dialog.findByText("first part");
    expect(address()).toContain("file=log.txt");
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(address()).not.toContain("file=");
  });

  test.each([
    [
      "a table",
      {
        kind: PreviewKind.TABLE,
        table: {
          columns: [{ name: "id", type: "int64" }],
          columnCount: 1,
          rows: [{ cells: [{ text: "41" }] }, { cells: [{}] }],
          rowCount: 2n,
        },
      },
      "Rows 1 to 2 of 2",
    ],
    [
      "a broken table",
      { kind: PreviewKind.TABLE, table: { problem: "row 2: a quoted value is not closed" } },
      "row 2: a quoted value is not closed",
    ],
    ["JSON", { kind: PreviewKind.JSON, text: '{"a":[1]}' }, /"a": \[/],
    ["JSON that is none", { kind: PreviewKind.JSON, text: "{" }, "This is not valid JSON; it is shown as it is."],
    ["a binary file", { kind: PreviewKind.BINARY }, /binary file \(text\/plain\)/],
    ["an empty file", { kind: PreviewKind.TEXT }, "The file is empty."],
  ])("are shown as what they are: %s", async (_, preview, text) => {
    openFiles("/tasks/7?tab=artifacts&file=f&attempt=1", { f: () => preview });
    const dialog = within(await screen.findByRole("dialog", { name: "f" }));
    expect(await dialog.findByText(text)).toBeDefined();
  });

  test("are shown from an address of their own when they are pictures or pages, in a sandbox", async () => {
    openFiles("/tasks/7?tab=artifacts&file=p.html&attempt=1", { "p.html": () => ({ kind: PreviewKind.HTML }) });
    const frame = await screen.findByTitle("Contents of p.html");
    expect([frame.getAttribute("src"), frame.getAttribute("sandbox")]).toEqual([
      "/tasks/7/artifact?path=p.html&attempt=1&show=1",
      "allow-scripts",
    ]);
  });

  test("that are not there are said not to be", async () => {
    openFiles("/tasks/7?tab=artifacts&file=gone.txt", { "a.txt": () => ({}) });
    const dialog = within(await screen.findByRole("dialog", { name: "gone.txt" }));
    expect(await dialog.findByText(/has left no file gone\.txt/)).toBeDefined();
  });
});

test("an unknown task says so", async () => {
  openApp("/tasks/404", new World());
  await screen.findByRole("heading", { name: "No task has this number" });
  expect(screen.getByRole("link", { name: "All tasks" }).getAttribute("href")).toBe("/tasks");
});

test("calls about the task can be copied", async () => {
  const { user } = openApp("/tasks/7", oneTask(TaskState.SUCCEEDED));
  await user.click(await screen.findByRole("button", { name: "Copy as" }));
  await user.click((await screen.findAllByRole("menuitem", { name: /grpcurl/ }))[0] as HTMLElement);
  await waitFor(async () => expect(await navigator.clipboard.readText()).toContain(`grpcurl -plaintext -d '{"id":7}'`));
});

const MIB = 1 << 20;
const usagePoint = (second: number, mib: number, cpuMs: number) => ({
  time: timestampFromMs(1_000_000 + second * 1_000),
  span: durationFromMs(1_000),
  cpuTime: durationFromMs(cpuMs),
  memoryBytes: BigInt(mib * MIB),
});

function measured(state: TaskState): World {
  const world = oneTask(state);
  const ended = state === TaskState.ACTIVE ? {} : { endTime: timestampFromMs(1_004_000) };
  const attempt = {
    number: 1,
    phase: AttemptPhase.RUNNING,
    assignTime: timestampFromMs(1_000_000),
    startTime: timestampFromMs(1_000_000),
    usage: { cpuTime: durationFromMs(2_600), peakMemoryBytes: BigInt(350 * MIB), peakDiskBytes: 0n },
    ...ended,
  };
  world.putTask({ id: 7, createTime: timestampFromMs(1_000_000) }, { attempts: [attempt] });
  world.usage.set("7.1", {
    attempt: 1,
    points: [usagePoint(1, 100, 500), usagePoint(2, 300, 1_500)],
    memoryBytes: BigInt(512 * MIB),
    cpuMillis: 2_000n,
  });
  return world;
}

test("draws memory and processors over time against what was asked for", async () => {
  openApp("/tasks/7", measured(TaskState.SUCCEEDED));
  const memory = await screen.findByRole("img", { name: "Memory over time: 350 MiB at most, 512 MiB asked for" });
  const cpu = screen.getByRole("img", { name: "CPU over time: 1.5 CPU at most, 2 CPU asked for" });
  expect(screen.getByText("peak 350 MiB of 512 MiB")).toBeDefined();
  for (const picture of [memory, cpu]) {
    const drawn = [...picture.querySelectorAll("path")].map((path) => path.getAttribute("d") ?? "");
    expect(drawn).toHaveLength(3);
    for (const path of drawn) expect(path).toMatch(/^M[\d. ]+[HV\d. ]+Z?$/);
  }
});

test("asks again how a running attempt goes on, and once more when it has ended", async () => {
  const { world } = openApp("/tasks/7", measured(TaskState.ACTIVE));
  await screen.findByText("peak 350 MiB of 512 MiB");
  const asked = () => requestsOf(world, "getAttemptUsage").length;
  const before = asked();
  world.usage.set("7.1", { attempt: 1, points: [usagePoint(1, 400, 1)], memoryBytes: 0n });
  const end = { number: 1, outcome: AttemptOutcome.SUCCEEDED, startTime: timestampFromMs(1_000_000) };
  world.putTask({ id: 7, state: TaskState.SUCCEEDED }, { attempts: [{ ...end, endTime: timestampFromMs(1_004_000) }] });
  await screen.findByText("peak 400 MiB");
  expect(asked()).toBe(before + 1);
});

test("shows no lanes where nothing was measured, and totals among the attempts", async () => {
  const world = measured(TaskState.SUCCEEDED);
  world.usage.clear();
  openApp("/tasks/7?tab=attempts", world);
  const table = await screen.findByRole("table", { name: "Attempts" });
  expect(within(table).getByText("350 MiB")).toBeDefined();
  expect(within(table).getByText("3s")).toBeDefined();
  expect(screen.queryByRole("img", { name: /^Memory over time/ })).toBeNull();
});

test("one that a schedule started leads to the schedule", async () => {
  const world = new World();
  const origin = { kind: TaskOriginKind.SCHEDULE, id: "churn/nightly" };
  const { id } = world.putTask({ title: "nightly", projectName: "churn", creator: "schedule" }, { origin });
  openApp(`/tasks/${id}`, world);
  const link = await screen.findByRole("link", { name: "by its schedule" });
  expect(link.getAttribute("href")).toBe("/schedules?open=churn/nightly");
});

test("one of no project is run again with changes when it has ended", async () => {
  const world = new World();
  const { id } = world.putTask({ title: "gzip --test a", projectId: "", projectName: "", state: TaskState.FAILED });
  const { user } = openApp(`/tasks/${id}`, world);
  await user.click(await screen.findByRole("button", { name: "More" }));
  await user.click(await screen.findByRole("menuitem", { name: /Change and run again/ }));
  const dialog = await screen.findByRole("dialog", { name: "Run gzip --test a again with changes?" });
  await user.type(within(dialog).getByRole("textbox", { name: /More tries/ }), "3");
  await user.click(within(dialog).getByRole("button", { name: "Run again" }));
  await waitFor(() => expect(requestsOf(world, "retryTask")).toMatchObject([{ id, changes: { userRetries: 3 } }]));
});
