import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { screen, within } from "@testing-library/react";
import { DeploymentState, ReplicaState, ValidationState } from "@tributary/proto/tributary/v1/models_pb";
import { expect, test } from "vitest";

import { World } from "#api/fixtures/world.ts";
import { openApp, requestsOf } from "./open-app.tsx";

const at = (hoursAgo: number) => timestampFromMs(Date.now() - hoursAgo * 3_600_000);

function shop(): World {
  const world = new World();
  const serving = world.putTask({ title: "serve-price-2", projectName: "shop" });
  const training = world.putTask({ title: "fit", projectName: "shop" });
  const own = { projectId: "p1", projectName: "shop", hasTraining: true, hasValidation: true };
  world.putModel("shop/price", {
    model: {
      ...own,
      id: "shop/price",
      name: "price",
      versionCount: 2,
      latestVersion: 2,
      latestValidatedVersion: 2,
      deployment: {
        state: DeploymentState.FOLLOWING,
        version: 2,
        wantedReplicas: 1,
        readyReplicas: 1,
        path: "/projects/shop/models/price",
        resources: { memory: "1Gi" },
        unapplied: [{ setting: "image", why: "Replicas are processes" }],
      },
    },
    versions: [
      {
        version: 2,
        createTime: at(1),
        metrics: { rmse: 0.123456789 },
        parameters: { alpha: "0.5" },
        validation: ValidationState.VALID,
        trainingTaskId: training.id,
        readyReplicas: 1,
      },
      { version: 1, createTime: at(2), validation: ValidationState.INVALID, validationProblem: "Exit code 3" },
    ],
    trainings: [training],
    replicas: [{ task: serving, version: 2, state: ReplicaState.READY, starts: 1, readyTime: at(1) }],
  });
  const problem = "validationTask.taskRef: project shop has no task nope; it has: fit";
  world.putModel("shop/broken", { model: { ...own, id: "shop/broken", name: "broken", problems: [problem] } });
  return world;
}

test("lists how each model stands, what is served of it, and what is wrong", async () => {
  openApp("/models", shop());
  const row = await screen.findByRole("row", { name: /shop \/ price/ });
  for (const text of ["Serving", "v2", "1 of 1 ready"]) expect(row.textContent).toContain(text);
  const broken = await screen.findByRole("row", { name: /shop \/ broken/ });
  expect(broken.textContent).toContain("has no task nope");
  expect(document.title).toContain("1 with a problem");
});

test("a model is trained from the list, and leads to the task that does", async () => {
  const { world, user, address } = openApp("/models", shop());
  const row = await screen.findByRole("row", { name: /shop \/ price/ });
  await user.click(within(row).getByRole("button", { name: "Train" }));
  await user.click(await screen.findByRole("button", { name: "Open the task" }));
  expect(requestsOf(world, "trainModel")).toMatchObject([{ id: "shop/price" }]);
  expect(address()).toMatch(/^\/tasks\/\d+/);
});

test("shows versions with what was measured, what serves them, and how to call it", async () => {
  openApp("/models/shop/price", shop());
  const versions = await screen.findByRole("table", { name: "Versions" });
  const [, newest, oldest] = within(versions).getAllByRole("row");
  for (const text of ["v2", "served", "Valid", "rmse", "0.12346", "alpha", "0.5"]) {
    expect(newest?.textContent).toContain(text);
  }
  expect(oldest?.textContent).toContain("Exit code 3");
  expect((await screen.findByRole("table", { name: "Deployment" })).textContent).toContain("Ready");
  const call = screen.getByRole("group", { name: "A request for predictions" });
  expect(call.textContent).toContain("/projects/shop/models/price/invocations");
  screen.getByText("Replicas are processes");
});

test("a version is chosen, and serving is stopped after a question", async () => {
  const { world, user } = openApp("/models/shop/price", shop());
  await user.click(await screen.findByRole("button", { name: "Actions for v1" }));
  await user.click(await screen.findByRole("menuitem", { name: /Serve this version/ }));
  await screen.findByText(/Serves the version that was chosen \(v1\)/);
  await user.click(screen.getByRole("button", { name: "Stop" }));
  await user.click(within(await screen.findByRole("dialog")).getByRole("button", { name: "Stop" }));
  await screen.findByText(/Not served · |Not served$/, { selector: ".grow" });
  expect(requestsOf(world, "deployModel")).toMatchObject([{ id: "shop/price", version: 1 }]);
  expect(requestsOf(world, "stopDeployment")).toHaveLength(1);
});

test("an empty list teaches how to have one, and a wrong address says so", async () => {
  openApp("/models");
  await screen.findByRole("heading", { name: "No project has a model yet" });
});

test("a model that is not there is told", async () => {
  openApp("/models/shop/nope", shop());
  await screen.findByRole("heading", { name: "There is no such model" });
});
