import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { screen, waitFor, within } from "@testing-library/react";
import { SourceIssueKind, SourceState } from "@tributary/proto/tributary/v1/sources_pb";
import { expect, test } from "vitest";
import { World } from "#api/fixtures/world.ts";
import { openApp, requestsOf } from "./open-app.tsx";

const value = "s3cr3t-value-never-to-be-seen";

/** Everything that the application holds or shows. */
function everything(client: ReturnType<typeof openApp>["client"], address: string): string {
  const plain = (_: string, each: unknown) => (typeof each === "bigint" ? String(each) : each);
  const queries = client
    .getQueryCache()
    .getAll()
    .map(({ queryKey, state }) => [queryKey, state]);
  const mutations = client
    .getMutationCache()
    .getAll()
    .map(({ state }) => state);
  return JSON.stringify([queries, mutations, address, history.state, document.body.innerHTML], plain);
}

test("a secret is created, and its value is nowhere afterwards", async () => {
  const { world, client, user, address } = openApp("/secrets?act=create");
  const dialog = await screen.findByRole("dialog", { name: "Create a secret" });
  await user.type(within(dialog).getByRole("textbox", { name: "Key" }), "warehouse");
  const field = within(dialog).getByRole<HTMLTextAreaElement>("textbox", { name: "Value" });
  await user.type(field, value);
  expect(field.value).toBe(value);
  expect(everything(client, address())).not.toContain(value);
  expect(within(dialog).getByText(`One line, ${value.length} characters.`)).toBeDefined();
  await user.click(within(dialog).getByRole("button", { name: "Create the secret" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  await screen.findByText("warehouse");
  expect(world.secrets.has("warehouse")).toBe(true);
  expect(everything(client, address())).not.toContain(value);
  expect(address()).toBe("/secrets");
});

test("a refused secret leaves its value in the field and nowhere else", async () => {
  const world = new World();
  world.putSecret({ key: "warehouse" });
  const { client, user, address } = openApp("/secrets?act=create&key=warehouse", world);
  const dialog = await screen.findByRole("dialog", { name: "Create a secret" });
  const field = within(dialog).getByRole<HTMLTextAreaElement>("textbox", { name: "Value" });
  await user.type(field, value);
  await user.click(within(dialog).getByRole("button", { name: "Create the secret" }));
  const alert = await within(dialog).findByRole("alert");
  expect(alert.textContent).toContain("replace its value instead");
  expect(field.value).toBe(value);
  expect(everything(client, address())).not.toContain(value);
});

test("a value is replaced as a new version; lines stay, a lone break at the end goes", async () => {
  const world = new World();
  world.putSecret({ key: "warehouse", version: 4, usedByTasks: ["churn/train"] });
  const sent: string[] = [];
  const put = world.putSecret.bind(world);
  world.putSecret = (init) => {
    sent.push(init.key);
    return put(init);
  };
  const { user } = openApp("/secrets", world);
  await user.click(await screen.findByRole("link", { name: "Replace" }));
  const dialog = await screen.findByRole("dialog", { name: /Replace warehouse/ });
  expect(dialog.textContent).toContain("churn / train");
  await user.click(within(dialog).getByRole("button", { name: "Save as version 5" }));
  await within(dialog).findByText("Write the value.");
  await user.type(within(dialog).getByRole("textbox", { name: "New value" }), `${value}{Enter}`);
  await user.click(within(dialog).getByRole("button", { name: "Save as version 5" }));
  await screen.findByText("v5");
  expect(sent).toEqual(["warehouse"]);
});

test("deleting a secret in use names its users and asks for its name", async () => {
  const world = new World();
  world.putSecret({ key: "warehouse", usedByTasks: ["churn/train"] });
  const { user } = openApp("/secrets", world);
  await user.click(await screen.findByRole("button", { name: "More for warehouse" }));
  await user.click(await screen.findByRole("menuitem", { name: "Delete…" }));
  const dialog = await screen.findByRole("dialog", { name: "Delete warehouse?" });
  expect(dialog.textContent).toContain("This breaks 1 task");
  const confirm = within(dialog).getByRole("button", { name: "Delete the secret" });
  await user.click(confirm);
  expect(requestsOf(world, "deleteSecret")).toEqual([]);
  await user.type(within(dialog).getByRole("textbox", { name: "Type warehouse to confirm" }), "warehouse");
  await user.click(confirm);
  await screen.findByRole("heading", { name: "No secret is kept yet" });
});

test("the versions of a secret tell who made each, when, who read it, and what became of its value", async () => {
  const world = new World();
  const now = timestampFromMs(Date.now());
  world.putSecret({
    key: "warehouse",
    version: 3,
    createdBy: "ana",
    updatedBy: "mk",
    createTime: now,
    updateTime: now,
    lastReadTime: now,
    lastReadByTaskId: 17,
  });
  const { user, address } = openApp("/secrets", world);
  await user.click(await screen.findByRole("button", { name: "More for warehouse" }));
  await user.click(await screen.findByRole("menuitem", { name: "History" }));
  const table = await screen.findByRole("table", { name: "Versions of warehouse" });
  expect(address()).toBe("/secrets?open=warehouse");
  const rows = within(table).getAllByRole("row").slice(1);
  expect(rows.map((row) => row.textContent?.slice(0, 2))).toEqual(["v3", "v2", "v1"]);
  expect(rows[0]?.textContent).toMatch(/mk#17.*current$/);
  expect(rows[2]?.textContent).toMatch(/ananever.*dropped$/);
  world.putSecret({ key: "warehouse", version: 4 });
  await within(table).findByText("v4");
});

test("admins rotate the master key, see how far it is, and drop the old one by its name", async () => {
  const world = new World();
  for (const key of ["a", "b"]) world.putSecret({ key });
  const old = world.keyRing.keys[0]!.id;
  const { user } = openApp("/secrets", world);
  await user.click(await screen.findByRole("link", { name: "Master keys" }));
  const dialog = await screen.findByRole("dialog", { name: "Master keys" });
  expect(dialog.textContent).toContain("Every value is sealed under the current key.");
  expect(dialog.textContent).toContain("master.key");
  await user.click(within(dialog).getByRole("button", { name: "Rotate to a new key" }));
  await within(dialog).findByText("2 values are still to be sealed anew.");
  expect(within(dialog).getByRole("button", { name: "Rotate to a new key" }).getAttribute("aria-busy")).toBe("true");
  expect(within(dialog).queryByRole("button", { name: `Drop ${old}` })).toBeNull();
  const [fresh, former] = world.keyRing.keys;
  world.putKeyRing({
    keys: [
      { ...fresh!, valueCount: 2 },
      { ...former!, valueCount: 0 },
    ],
    leftCount: 0,
  });
  await user.click(await within(dialog).findByRole("button", { name: `Drop ${old}` }));
  const confirm = await screen.findByRole("dialog", { name: `Drop the master key ${old}?` });
  const drop = within(confirm).getByRole("button", { name: "Drop the key" });
  await user.click(drop);
  expect(requestsOf(world, "dropMasterKey")).toEqual([]);
  await user.type(within(confirm).getByRole("textbox"), old);
  await user.click(drop);
  await waitFor(() => expect(requestsOf(world, "dropMasterKey")).toMatchObject([{ keyId: old }]));
  await waitFor(() => expect(screen.queryByText(old)).toBeNull());
});

test("a rotation that is refused says why", async () => {
  const world = new World();
  world.putSecret({ key: "a" });
  const why = "there is no new master key: add one to TRIBUTARY_MASTER_KEY";
  world.failing.set("rotateMasterKey", new ConnectError(why, Code.FailedPrecondition));
  const { user } = openApp("/secrets?act=keys", world);
  const dialog = await screen.findByRole("dialog", { name: "Master keys" });
  await user.click(await within(dialog).findByRole("button", { name: "Rotate to a new key" }));
  expect((await within(dialog).findByRole("alert")).textContent).toContain("TRIBUTARY_MASTER_KEY");
});

test("whoever may not see the master keys is shown no way to them", async () => {
  const world = new World();
  world.putSecret({ key: "a" });
  world.failing.set("getKeyRing", new ConnectError("admins only", Code.PermissionDenied));
  openApp("/secrets", world);
  await screen.findByRole("button", { name: "More for a" });
  await waitFor(() => expect(requestsOf(world, "getKeyRing").length).toBeGreaterThan(0));
  expect(screen.queryByRole("link", { name: /Master keys/ })).toBeNull();
});

test("those that were refused, are used by nobody or are old are found", async () => {
  const world = new World();
  const old = timestampFromMs(Date.now() - 400 * 86_400_000);
  const fresh = timestampFromMs(Date.now() - 60_000);
  world.putSecret({ key: "git-deploy", usedBySources: ["s1"], updateTime: fresh });
  world.putSecret({ key: "warehouse", usedByTasks: ["churn/train"], updateTime: old });
  world.putSecret({ key: "left-over", updateTime: fresh });
  world.putSource({
    id: "s1",
    state: SourceState.ERROR,
    settings: { repository: "https://git.example.com/team/churn.git", secretKey: "git-deploy" },
    issues: [{ kind: SourceIssueKind.AUTH_FAILURE, explanation: "The git server refused it." }],
  });
  const { user, address } = openApp("/secrets", world);
  const why = await screen.findByRole("link", { name: /refused for team\/churn/ });
  expect(why.getAttribute("href")).toBe("/sources/s1");
  const views = screen.getByRole("navigation", { name: "Which secrets" });
  const keysShown = () => ["git-deploy", "warehouse", "left-over"].filter((key) => screen.queryByText(key) !== null);
  for (const [name, address_, key] of [
    ["Refused 1", "/secrets?show=refused", "git-deploy"],
    ["Used by nobody 1", "/secrets?show=unused", "left-over"],
    ["Older than a year 1", "/secrets?show=old", "warehouse"],
  ] as const) {
    await user.click(within(views).getByRole("link", { name }));
    await waitFor(() => expect(keysShown()).toEqual([key]));
    expect(address()).toBe(address_);
  }
  world.putSecret({ key: "warehouse", version: 2, updateTime: fresh });
  await screen.findByRole("heading", { name: "No secret is like that now" });
  await user.click(screen.getByRole("link", { name: "Show all secrets" }));
  await waitFor(() => expect(keysShown()).toHaveLength(3));
});
