import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { screen, waitFor, within } from "@testing-library/react";
import { SourceIssueKind, SourceState, WebhookOutcome } from "@tributary/proto/tributary/v1/sources_pb";
import { expect, test } from "vitest";

import { World } from "#api/fixtures/world.ts";
import { openApp, requestsOf } from "./open-app.tsx";

function oneSource(): World {
  const world = new World();
  world.putSource({
    id: "s1",
    settings: { repository: "https://git.test/team/churn.git", secretKey: "git-token" },
    state: SourceState.SYNCHRONIZED,
    projectName: "churn",
    taskNames: ["train", "validate"],
  });
  world.putProject({
    id: "s1",
    name: "churn",
    sourceId: "s1",
    tasks: [{ name: "train" }, { name: "validate", problem: "It needs a command." }],
  });
  return world;
}

test("a source is added, and its page follows it", async () => {
  const { world, user, address } = openApp("/sources");
  await user.click((await screen.findAllByRole("link", { name: "Add a source" }))[0] as HTMLElement);
  const dialog = await screen.findByRole("dialog", { name: "Add a source" });
  await user.type(within(dialog).getByRole("textbox", { name: "Repository" }), "https://git.test/team/new.git");
  await user.click(within(dialog).getByRole("button", { name: "Add and sync" }));
  await waitFor(() => expect(address()).toBe("/sources/src-1"));
  await screen.findByRole("region", { name: "team/new" });
  world.putSource({ id: "src-1", state: SourceState.SYNCHRONIZED, projectName: "new" });
  await waitFor(() => expect(document.title).toBe("Synced · team/new · Tributary"));
});

test("what is missing and what the server refuses stand in the dialog", async () => {
  const { world, user } = openApp("/sources?act=add");
  const dialog = await screen.findByRole("dialog", { name: "Add a source" });
  const field = within(dialog).getByRole("textbox", { name: "Repository" });
  await user.click(within(dialog).getByRole("button", { name: "Add and sync" }));
  await within(dialog).findByText("Write the address of a git repository.");
  expect(requestsOf(world, "createSource")).toEqual([]);
  await user.type(field, "file:///etc/passwd");
  await user.click(within(dialog).getByRole("button", { name: "Add and sync" }));
  const alert = await within(dialog).findByRole("alert");
  expect(alert.textContent).toContain("begins with http, https or ssh");
  expect((field as HTMLInputElement).value).toBe("file:///etc/passwd");
});

test("a failing source says why and offers the way out", async () => {
  const world = oneSource();
  const explanation = "The git server refused the secret git-token";
  world.putSource({
    id: "s1",
    state: SourceState.ERROR,
    issues: [{ kind: SourceIssueKind.AUTH_FAILURE, explanation }],
  });
  const { user } = openApp("/sources", world);
  await screen.findByText("The git server refused the secret git-token.", { exact: false });
  const fix = screen.getByRole("link", { name: "Enter a new value…" });
  expect(fix.getAttribute("href")).toBe("/secrets?act=replace&key=git-token");
  await user.click(screen.getByRole("button", { name: "Sync now" }));
  await waitFor(() => expect(requestsOf(world, "syncSource").length).toBe(1));
  await screen.findByText("Synchronising", { selector: ".state-word" });
});

test("a sync that was not started is told", async () => {
  const world = oneSource();
  world.failing.set("syncSource", new ConnectError("a sync is under way", Code.Aborted));
  const { user } = openApp("/sources/s1", world);
  await user.click(await screen.findByRole("button", { name: "Sync now" }));
  expect((await screen.findAllByText(/A sync is under way\./)).length).toBeGreaterThan(0);
});

test("settings are changed", async () => {
  const { world, user } = openApp("/sources/s1?act=edit", oneSource());
  const dialog = await screen.findByRole("dialog", { name: "Edit team/churn" });
  await user.type(within(dialog).getByRole("textbox", { name: /Sync every/ }), "1h");
  await user.click(within(dialog).getByRole("button", { name: "Save and sync" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(requestsOf(world, "updateSource")).toEqual([
    expect.objectContaining({
      id: "s1",
      settings: expect.objectContaining({ syncInterval: "1h", secretKey: "git-token" }),
    }),
  ]);
});

test("deleting says what goes and what stays", async () => {
  const { world, user, address } = openApp("/sources/s1", oneSource());
  await user.click(await screen.findByRole("button", { name: "More" }));
  await user.click(await screen.findByRole("menuitem", { name: "Delete…" }));
  const dialog = await screen.findByRole("dialog", { name: "Delete team/churn?" });
  expect(dialog.textContent).toContain("Its 2 tasks can no longer be run.");
  expect(dialog.textContent).toContain("Tasks that ran or run now stay");
  await user.click(within(dialog).getByRole("button", { name: "Delete the source" }));
  await waitFor(() => expect(address()).toBe("/sources"));
  await screen.findByRole("heading", { name: "No repository is watched yet" });
  expect(world.sources.size).toBe(0);
});

test("tasks of a source are run from its panel; what cannot be run says why", async () => {
  const { user, address } = openApp("/sources/s1", oneSource());
  await screen.findByText("It needs a command.");
  await user.click(await screen.findByRole("button", { name: "Run train" }));
  await screen.findByRole("dialog", { name: "Run a task" });
  expect(address()).toBe("/sources/s1?run=s1/train");
});

test("an unknown source says so", async () => {
  openApp("/sources/nope", oneSource());
  await screen.findByRole("heading", { name: "This source is not there" });
});

test("a source shows its branches, its webhook and what came to it", async () => {
  const world = oneSource();
  const now = timestampFromMs(Date.now() - 120_000);
  world.putSource({
    id: "s1",
    seenCommit: "a".repeat(40),
    webhookPath: "/hooks/sources/s1",
    lastDelivery: { time: now, event: "push", outcome: WebhookOutcome.REFUSED },
  });
  world.branches.set("s1", [
    { name: "main", isDefault: true, commit: { id: "a".repeat(40), subject: "Train longer", commitTime: now } },
    { name: "feature/x", commit: { id: "b".repeat(40), subject: "Try x", commitTime: now } },
  ]);
  const { user, address } = openApp("/sources/s1", world);
  const panel = await screen.findByRole("region", { name: "team/churn" });
  await within(panel).findByText(/Train longer/);
  await within(panel).findByText("The newest");
  within(panel).getByText(`${window.location.origin}/hooks/sources/s1`);
  within(panel).getByText("refused: it was signed with another secret");
  await user.click(within(panel).getByRole("button", { name: "Run a task at feature/x" }));
  await screen.findByRole("dialog", { name: "Run a task" });
  expect(decodeURIComponent(decodeURIComponent(address()))).toContain("run=s1//feature/x");
});

test("a project file that cannot be used is shown with its problems at their lines", async () => {
  const world = oneSource();
  world.putSource({
    id: "s1",
    state: SourceState.ERROR,
    seenCommit: "a".repeat(40),
    seenFile: "ame.yaml",
    issues: [
      { kind: SourceIssueKind.PROJECT_NOT_FOUND, explanation: "ame.yaml line 2, column 8: tasks: must be a list" },
    ],
  });
  world.sourceFiles.set("s1", {
    path: "ame.yaml",
    text: "name: churn\ntasks: {}\n",
    problems: [{ line: 2, column: 8, message: "tasks: must be a list" }],
  });
  openApp("/sources/s1", world);
  const file = await screen.findByRole("region", { name: "ame.yaml" });
  const problem = within(file).getByText(/must be a list/);
  expect(problem.textContent).toBe("Error line 2, column 8 tasks: must be a list");
  expect(problem.previousElementSibling?.textContent).toContain("tasks: {}");
});

test("a host that shows another key is trusted anew by a click", async () => {
  const world = oneSource();
  world.putSource({
    id: "s1",
    state: SourceState.ERROR,
    issues: [{ kind: SourceIssueKind.HOST_KEY_CHANGED, explanation: "git.test shows another ssh host key" }],
    hostKeys: [{ host: "git.test", type: "ssh-ed25519", fingerprint: "SHA256:old" }],
  });
  const { user } = openApp("/sources/s1", world);
  const panel = await screen.findByRole("region", { name: "team/churn" });
  within(panel).getByText(/SHA256:old/);
  await user.click(within(panel).getByRole("button", { name: "Trust the key it shows now" }));
  await waitFor(() => expect(requestsOf(world, "forgetHostKeys")).toMatchObject([{ sourceId: "s1" }]));
  await waitFor(() => expect(within(panel).queryByText(/SHA256:old/)).toBeNull());
});

test("all sources are synced at once; what could not be asked is told", async () => {
  const world = oneSource();
  world.putSource({ id: "s2", settings: { repository: "https://git.example.com/team/forecast.git" } });
  const { user } = openApp("/sources", world);
  await user.click(await screen.findByRole("button", { name: "Sync all" }));
  await waitFor(() => expect(requestsOf(world, "syncSource")).toHaveLength(2));
  expect(requestsOf(world, "syncSource")).toEqual(
    expect.arrayContaining([expect.objectContaining({ id: "s1" }), expect.objectContaining({ id: "s2" })]),
  );
  for (const id of ["s1", "s2"]) world.putSource({ id, state: SourceState.SYNCHRONIZED });
  world.failing.set("syncSource", new ConnectError("the disk is full", Code.ResourceExhausted));
  await waitFor(() => expect(screen.getByRole<HTMLButtonElement>("button", { name: "Sync all" }).disabled).toBe(false));
  await user.click(screen.getByRole("button", { name: "Sync all" }));
  expect((await screen.findAllByText("2 of 2 syncs were not started")).length).toBeGreaterThan(0);
});
