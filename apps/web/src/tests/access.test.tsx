import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { screen, waitFor, within } from "@testing-library/react";
import { Credential } from "@tributary/proto/tributary/v1/sessions_pb";
import { TaskState } from "@tributary/proto/tributary/v1/tasks_pb";
import { Role, TokenSchema } from "@tributary/proto/tributary/v1/tokens_pb";
import { expect, test } from "vitest";

import { World } from "#api/fixtures/world.ts";
import { openApp, requestsOf } from "./open-app.tsx";

const secret = "trib_of-nobody-else";
const ana = { name: "ana", role: Role.RUNNER, credential: Credential.SESSION };

/** A server that asks who one is, and knows one token. */
function closedWorld(): World {
  const world = new World();
  world.session = undefined;
  world.logins.set(secret, ana);
  const refused = new ConnectError("401: no API token was sent", Code.Unauthenticated);
  for (const method of ["listTasks", "listSources", "watch"]) world.failing.set(method, refused);
  return world;
}

test("who is not known is led to the login and, once logged in, back to where they were", async () => {
  const world = closedWorld();
  const { user, address, client } = openApp("/tasks?state=failed", world);
  await screen.findByRole("heading", { name: "Log in" });
  expect(address()).toBe("/login?next=/tasks%3Fstate%3Dfailed");
  expect(screen.queryByRole("navigation")).toBeNull();
  const field = screen.getByLabelText("API token");
  await user.click(screen.getByRole("button", { name: "Log in" }));
  await screen.findByText("Paste your token.");
  await user.type(field, "trib_wrong");
  await user.click(screen.getByRole("button", { name: "Log in" }));
  await screen.findByText(/not known here/);
  expect(address()).toContain("/login");
  world.failing.clear();
  await user.clear(field);
  await user.type(field, secret);
  await user.click(screen.getByRole("button", { name: "Log in" }));
  await screen.findByRole("heading", { name: "Tasks" });
  expect(address()).toBe("/tasks?state=failed");
  await screen.findByRole("button", { name: "Logged in as ana, runner" });
  const kept = JSON.stringify([client.getMutationCache().getAll(), history.state, document.body.innerHTML]);
  expect(kept).not.toContain(secret);
});

test("a session that ends in the midst leads to the login", async () => {
  const world = new World();
  const { address } = openApp("/tasks", world);
  await screen.findByRole("heading", { name: "Tasks" });
  world.session = undefined;
  world.failing.set("watch", new ConnectError("401: this session has expired", Code.Unauthenticated));
  world.cut();
  await screen.findByRole("heading", { name: "Log in" });
  expect(address()).toBe("/login?next=/tasks");
});

test.each(["//evil.example/x", "https://evil.example", "/\\evil.example", "/login?next=/x", ""])(
  "a login never leads to %s",
  async (next) => {
    const world = closedWorld();
    const { user, address } = openApp(`/login?next=${encodeURIComponent(next)}`, world);
    await user.type(await screen.findByLabelText("API token"), secret);
    world.failing.clear();
    await user.click(screen.getByRole("button", { name: "Log in" }));
    await waitFor(() => expect(address()).toBe("/"));
  },
);

test("logging out ends the session and asks for a token again", async () => {
  const world = new World();
  world.session = ana;
  const { user } = openApp("/workers", world);
  await user.click(await screen.findByRole("button", { name: "Logged in as ana, runner" }));
  await user.click(await screen.findByRole("menuitem", { name: "Log out" }));
  await screen.findByRole("heading", { name: "Log in" });
  expect(requestsOf(world, "logout")).toHaveLength(1);
});

test("what a role does not allow says which role does, and closed pages are not in the navigation", async () => {
  const world = new World();
  world.session = { ...ana, role: Role.VIEWER };
  world.neededRoles = {
    "tributary.v1.TaskService.CancelTask": Role.RUNNER,
    "tributary.v1.SourceService.CreateSource": Role.EDITOR,
    "tributary.v1.SecretService.ListSecrets": Role.ADMIN,
    "tributary.v1.TokenService.ListTokens": Role.ADMIN,
    "tributary.v1.AuditService.ListEvents": Role.ADMIN,
  };
  world.putTask({ id: 7, title: "train", state: TaskState.ACTIVE });
  const { user } = openApp("/tasks/7", world);
  const cancel = await screen.findByRole("button", { name: "Cancel" });
  await waitFor(() => expect(cancel.getAttribute("aria-disabled")).toBe("true"));
  await user.hover(cancel);
  await screen.findByText("This needs the role runner; you are viewer.");
  await user.click(cancel);
  expect(requestsOf(world, "cancelTask")).toEqual([]);
  const nav = screen.getByRole("navigation", { name: "Main" });
  expect(within(nav).queryByRole("link", { name: /Secrets|Tokens|Events/ })).toBeNull();
  expect(within(nav).getByRole("link", { name: "Workers" })).toBeDefined();
});

test.each([
  ["/data-sets", "tributary.v1.DataSetService.RefreshDataSet", "Make again"],
  ["/settings", "tributary.v1.SystemService.RunChecks", "Run the checks"],
  ["/settings", "tributary.v1.SystemService.SweepNow", "Sweep now"],
  ["/settings", "tributary.v1.SystemService.CreateBackup", "Back up now"],
  ["/sources", "tributary.v1.SourceService.CreateSource", "Add a source"],
  ["/tokens", "tributary.v1.TokenService.CreateToken", "Create a token"],
  ["/secrets", "tributary.v1.SecretService.CreateSecret", "Create a secret"],
])("on %s the button of %s tells a viewer who may", async (path, rpc, name) => {
  const world = new World();
  world.session = { ...ana, role: Role.VIEWER };
  world.neededRoles = { [rpc]: Role.ADMIN };
  world.putDataSet({ id: "churn.customers", name: "customers", projectName: "churn" });
  const { user } = openApp(path, world);
  // it is drawn anew once the role is known
  const button = () => screen.getAllByRole("button", { name })[0]!;
  await waitFor(() => expect(button().getAttribute("aria-disabled")).toBe("true"));
  await user.hover(button());
  await screen.findByText("This needs the role admin; you are viewer.");
});

test("a token is created, shown once, and kept nowhere in the page", async () => {
  const { world, user, client } = openApp("/tokens?act=create");
  const dialog = await screen.findByRole("dialog", { name: "Create a token" });
  await user.click(within(dialog).getByRole("button", { name: "Create the token" }));
  await within(dialog).findByText("Write a name.");
  await user.type(within(dialog).getByRole("textbox", { name: /^Name/ }), "nightly");
  await user.type(within(dialog).getByRole("textbox", { name: /Only these projects/ }), "churn, , seqflow");
  await user.click(within(dialog).getByRole("combobox", { name: /^For clients/ }));
  await user.click(await screen.findByRole("option", { name: "of scitq’s newest version" }));
  await user.click(within(dialog).getByRole("button", { name: "Create the token" }));
  const shown = await screen.findByRole("dialog", { name: "The token nightly" });
  const text = `trib_${"x".repeat(49)}`;
  expect(within(shown).getByText(text)).toBeDefined();
  expect(requestsOf(world, "createToken")[0]).toMatchObject({
    role: Role.VIEWER,
    projectNames: ["churn", "seqflow"],
    clientDialect: "scitq",
  });
  await user.click(within(shown).getByRole("button", { name: "I have copied it" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  await screen.findByText("nightly");
  await screen.findByText("newest scitq");
  const plain = (_: string, each: unknown) => (typeof each === "bigint" ? String(each) : each);
  const caches = [client.getQueryCache().getAll(), client.getMutationCache().getAll()];
  const kept = JSON.stringify(
    caches.flat().map(({ state }) => state),
    plain,
  );
  expect(kept + document.body.innerHTML).not.toContain(text);
});

test("a token for one worker is shown once, in the command that starts it", async () => {
  const { world, user, client } = openApp("/tokens?act=create");
  const dialog = await screen.findByRole("dialog", { name: "Create a token" });
  await user.type(within(dialog).getByRole("textbox", { name: /^Name/ }), "for lab-7");
  await user.click(within(dialog).getByRole("combobox", { name: /^Role/ }));
  await user.click(await screen.findByRole("option", { name: /^Worker/ }));
  expect(within(dialog).queryByRole("textbox", { name: /Only these projects/ })).toBeNull();
  await user.type(within(dialog).getByRole("textbox", { name: /Only the worker of this name/ }), "lab 7");
  await user.click(within(dialog).getByRole("button", { name: "Create the token" }));
  const shown = await screen.findByRole("dialog", { name: "The token for lab-7" });
  const text = `trib_${"x".repeat(49)}`;
  expect(shown.textContent).toContain(`--token ${text} \\\n  --name 'lab 7'`);
  expect(shown.textContent).toContain(`tributary worker \\\n  --server ${location.origin}`);
  expect(requestsOf(world, "createToken")[0]).toMatchObject({ role: Role.WORKER, workerName: "lab 7" });
  await user.click(within(shown).getByRole("button", { name: "I have copied it" }));
  await screen.findByText("worker lab 7");
  const plain = (_: string, each: unknown) => (typeof each === "bigint" ? String(each) : each);
  const caches = [client.getQueryCache().getAll(), client.getMutationCache().getAll()];
  const kept = JSON.stringify(
    caches.flat().map(({ state }) => state),
    plain,
  );
  expect(kept + document.body.innerHTML).not.toContain(text);
});

test("a token is revoked after a question, and a refused name is told at its field", async () => {
  const world = new World();
  const token = create(TokenSchema, { id: "t1", name: "old", role: Role.ADMIN, sessionCount: 2 });
  world.tokens.set("t1", token);
  const { user } = openApp("/tokens", world);
  await user.click(await screen.findByRole("button", { name: "Revoke old…" }));
  const question = await screen.findByRole("dialog", { name: "Revoke old?" });
  expect(question.textContent).toContain("2 browsers are logged in with it");
  await user.click(within(question).getByRole("button", { name: "Revoke the token" }));
  await screen.findByText("Revoked");
  expect(screen.queryByRole("button", { name: "Revoke old…" })).toBeNull();
});

test("events are searched and narrowed to those that were refused, in the address", async () => {
  const world = new World();
  const at = timestampFromMs(Date.now());
  world.events.push(
    {
      time: at,
      principal: "ana",
      rpc: "ame.v1.AmeService/RunTask",
      outcome: "ok",
      targets: [{ field: "id", value: "42" }],
    },
    { time: at, principal: "bob", rpc: "tributary.v1.SecretService/CreateSecret", outcome: "permission_denied" },
  );
  const { user, address } = openApp("/events", world);
  await screen.findByText("RunTask");
  expect(screen.getByText("Not allowed")).toBeDefined();
  expect(screen.getByText("42")).toBeDefined();
  await user.click(screen.getByText("RunTask"));
  await user.click(await screen.findByRole("link", { name: "All of these: ana" }));
  await waitFor(() => expect(screen.queryByText("CreateSecret")).toBeNull());
  expect(address()).toBe("/events?who=ana");
  await user.click(screen.getByRole("button", { name: "Remove filter Who" }));
  await screen.findByText("CreateSecret");
  await user.click(screen.getByRole("button", { name: "Refused only" }));
  await waitFor(() => expect(screen.queryByText("RunTask")).toBeNull());
  expect(address()).toBe("/events?outcome=refused");
  await user.type(screen.getByRole("textbox", { name: "Search events" }), "zzz");
  await screen.findByText("No event matches");
  await user.click(screen.getByRole("link", { name: "Show all events" }));
  await screen.findByText("RunTask");
});

test.each([
  ["/tokens", "listTokens", "There is no token yet"],
  ["/events", "listEvents", "Nothing has been changed yet"],
])("%s tells when it is empty, and when it cannot be read", async (path, method, empty) => {
  const world = new World();
  world.failing.set(method, new ConnectError("broken", Code.Internal));
  const { user } = openApp(path, world);
  await screen.findByText("Something went wrong in the server");
  world.failing.clear();
  await user.click(screen.getByRole("button", { name: "Try again" }));
  await screen.findByText(empty);
});
