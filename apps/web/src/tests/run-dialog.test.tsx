import { Code, ConnectError } from "@connectrpc/connect";
import { screen, waitFor, within } from "@testing-library/react";
import { SourceState } from "@tributary/proto/tributary/v1/sources_pb";
import { expect, test } from "vitest";

import { World } from "#api/fixtures/world.ts";
import { openApp, requestsOf } from "./open-app.tsx";

function oneProject(): World {
  const world = new World();
  world.putProject({
    id: "p1",
    name: "churn",
    tasks: [
      {
        name: "train",
        command: "python train.py",
        variables: [{ name: "SEED", value: "7" }],
        resources: { cpu: "4" },
        secrets: [{ key: "warehouse", injectAs: "TOKEN" }],
      },
      { name: "broken", problem: "The executor custom needs a command." },
    ],
  });
  return world;
}

test("runs a task with what was changed, and goes to it", async () => {
  const { world, user, address } = openApp("/projects/p1", oneProject());
  await user.click(await screen.findByRole("button", { name: "Run train" }));
  const dialog = await screen.findByRole("dialog", { name: "Run a task" });
  const seed = within(dialog).getByRole("textbox", { name: "Value of SEED" });
  await user.clear(seed);
  await user.type(seed, "8");
  await user.click(within(dialog).getByRole("button", { name: "Add a variable" }));
  await user.type(within(dialog).getByRole("textbox", { name: "Name 2" }), "FOLDS");
  await user.type(within(dialog).getByRole("textbox", { name: "Value of FOLDS" }), "5");
  await user.type(within(dialog).getByRole("textbox", { name: /Time limit/ }), "1h 30m");
  await user.type(within(dialog).getByRole("textbox", { name: /More tries/ }), "2");
  await user.click(within(dialog).getByRole("button", { name: "Run train" }));
  await waitFor(() => expect(address()).toBe("/tasks/1"));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(requestsOf(world, "runTask")).toEqual([
    expect.objectContaining({
      projectId: "p1",
      taskName: "train",
      variables: [
        expect.objectContaining({ name: "SEED", value: "8" }),
        expect.objectContaining({ name: "FOLDS", value: "5" }),
      ],
      resources: {},
      timeLimit: expect.objectContaining({ seconds: 5400n }),
      userRetries: 2,
      requestId: expect.stringMatching(/^[0-9a-f]{32}$/),
    }),
  ]);
});

test("what cannot be run says why; a missing secret can be created", async () => {
  const { world, user } = openApp("/?run=p1/broken", oneProject());
  const dialog = await screen.findByRole("dialog", { name: "Run a task" });
  expect(within(dialog).getByText("The executor custom needs a command.")).toBeDefined();
  await user.click(within(dialog).getByRole("button", { name: "Run broken" }));
  expect(requestsOf(world, "runTask")).toEqual([]);
  await user.click(within(dialog).getByRole("combobox", { name: "Task" }));
  await user.click(await screen.findByRole("option", { name: /train/ }));
  const create = await within(await screen.findByRole("dialog")).findByRole("link", { name: "Create it" });
  expect(create.getAttribute("href")).toBe("/secrets?act=create&key=warehouse");
});

test("wrong values are told at their fields, a refusal in the dialog", async () => {
  const { world, user } = openApp("/?run=p1/train", oneProject());
  const dialog = await screen.findByRole("dialog", { name: "Run a task" });
  const limit = within(dialog).getByRole("textbox", { name: /Time limit/ });
  await user.type(limit, "soon");
  await user.click(within(dialog).getByRole("button", { name: "Run train" }));
  await within(dialog).findByText("Write numbers with units: 90s, 30m, 1h 30m.");
  expect(requestsOf(world, "runTask")).toEqual([]);
  await user.clear(limit);
  world.failing.set("runTask", new ConnectError("the queue is full", Code.ResourceExhausted));
  await user.click(within(dialog).getByRole("button", { name: "Run train" }));
  expect((await within(dialog).findByRole("alert")).textContent).toContain("The queue is full.");
});

test("without any project it says how to get one", async () => {
  openApp("/?run=/");
  const dialog = await screen.findByRole("dialog", { name: "Run a task" });
  await within(dialog).findByRole("heading", { name: "There is no task to run yet" });
});

test("closing leaves the page as it was", async () => {
  const { user, address } = openApp("/tasks?state=failed&run=p1/train", oneProject());
  const dialog = await screen.findByRole("dialog", { name: "Run a task" });
  await user.click(within(dialog).getByRole("button", { name: "Cancel" }));
  await waitFor(() => expect(address()).toBe("/tasks?state=failed"));
});

test("runs a task of a branch, as the file of that branch has it", async () => {
  const world = oneProject();
  world.putSource({ id: "p1", branch: "main", seenCommit: "c0ffee1", state: SourceState.SYNCHRONIZED });
  world.putProject({ id: "p1", name: "churn", sourceId: "p1", commit: "c0ffee1234", tasks: [{ name: "train" }] });
  world.branches.set("p1", [{ name: "main", isDefault: true }, { name: "feature/new" }, { name: "broken" }]);
  world.revisions.set("p1 feature/new", { project: { id: "p1", sourceId: "p1", tasks: [{ name: "tune" }] } });
  world.revisions.set("p1 broken", {
    fileName: "ame.yaml",
    fileProblems: [{ line: 3, column: 5, message: "name: is missing" }],
  });
  const { user } = openApp("/?run=p1", world);
  const dialog = await screen.findByRole("dialog", { name: "Run a task" });
  const choose = async (name: RegExp) => {
    await user.click(await within(dialog).findByRole("combobox", { name: /^Branch or commit/ }));
    await user.click(await screen.findByRole("option", { name }));
  };
  await choose(/^broken/);
  await within(dialog).findByText("ame.yaml line 3: name: is missing.");
  expect(within(dialog).queryByRole("button", { name: /^Run / })).toBeNull();
  await choose(/^feature/);
  await user.click(await within(dialog).findByRole("button", { name: "Run tune" }));
  await waitFor(() =>
    expect(requestsOf(world, "runTask")).toEqual([
      expect.objectContaining({ projectId: "p1", taskName: "tune", revision: "feature/new" }),
    ]),
  );
});
