import { Code, createClient } from "@connectrpc/connect";
import { SavedViewService } from "@tributary/proto/tributary/v1/saved_views_pb";
import { WatchService } from "@tributary/proto/tributary/v1/watch_pb";
import { expect, it } from "vitest";
import type { Principal } from "#core/principal.ts";
import { refusal, rpc, server } from "#test/facades/suite.ts";

const views = (principal?: Principal) => createClient(SavedViewService, server.transport(principal));
const names = async (principal?: Principal) =>
  (await views(principal).listSavedViews({})).views.map(({ name }) => name);
const failed = { name: "Failed tonight", page: "tasks", query: "state=failed&since=24h" };
const limited: Principal = { name: "ana", role: "runner", projects: ["churn"] };
const viewer: Principal = { name: "vic", role: "viewer" };

rpc("tributary.v1.SavedViewService.CreateSavedView", () => {
  it("keeps a list's filters under a name, for everybody, and tells those who watch", async () => {
    const stop = new AbortController();
    const changes = createClient(WatchService, server.transport()).watch({}, { signal: stop.signal });
    const messages = changes[Symbol.asyncIterator]();
    await messages.next();
    const { view } = await views({ name: "ana", role: "runner" }).createSavedView({
      ...failed,
      name: " Failed tonight ",
    });
    expect(view).toMatchObject({ ...failed, creator: "ana", updater: "ana", projectName: "" });
    expect((await messages.next()).value).toMatchObject({ savedViewsChanged: true });
    stop.abort();
    expect((await views(viewer).listSavedViews({ page: "tasks" })).views).toEqual([view]);
  });

  it.each([
    [{ ...failed, name: "failed TONIGHT" }, Code.AlreadyExists, "there is a view failed TONIGHT already"],
    [{ ...failed, name: "  " }, Code.InvalidArgument, "say what the view shows"],
    [{ ...failed, name: "" }, Code.InvalidArgument, "name"],
    [{ ...failed, name: "x", page: "planets" }, Code.InvalidArgument, "page"],
    [{ ...failed, name: "x", query: "x".repeat(5_000) }, Code.InvalidArgument, "query"],
  ])("refuses %j", async (ask, code, message) => {
    expect(await refusal(views().createSavedView(ask))).toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });

  it("refuses viewers, and views of everything from those who see some projects", async () => {
    expect(await refusal(views(viewer).createSavedView(failed))).toMatchObject({ code: Code.PermissionDenied });
    expect(await refusal(views(limited).createSavedView({ ...failed, name: "mine" }))).toMatchObject({
      code: Code.PermissionDenied,
      message: expect.stringContaining("limited to churn"),
    });
    await views(limited).createSavedView({ ...failed, name: "mine", projectName: "churn" });
    expect(await names(limited)).toEqual(["mine"]);
    expect(await names()).toEqual(["Failed tonight", "mine"]);
  });
});

rpc("tributary.v1.SavedViewService.ListSavedViews", () => {
  it("answers by name in any case, and refuses a page that is no page's name", async () => {
    for (const name of ["b", "C", "a"]) await views().createSavedView({ ...failed, name });
    expect(await names()).toEqual(["a", "b", "C"]);
    expect(await refusal(views().listSavedViews({ page: "x".repeat(40) }))).toMatchObject({
      code: Code.InvalidArgument,
    });
  });
});

rpc("tributary.v1.SavedViewService.UpdateSavedView", () => {
  it("changes what is named, keeps the rest, and refuses a taken name and an unknown view", async () => {
    const { view } = await views().createSavedView(failed);
    await views().createSavedView({ ...failed, name: "other" });
    const changed = (await views({ name: "bo", role: "runner" }).updateSavedView({ id: view!.id, query: "state=lost" }))
      .view;
    expect(changed).toMatchObject({ name: failed.name, query: "state=lost", creator: "local", updater: "bo" });
    const renamed = (await views().updateSavedView({ id: view!.id, name: "FAILED tonight" })).view;
    expect(renamed).toMatchObject({ name: "FAILED tonight", query: "state=lost" });
    expect(await refusal(views().updateSavedView({ id: view!.id, name: "Other" }))).toMatchObject({
      code: Code.AlreadyExists,
    });
    expect(await refusal(views().updateSavedView({ id: "nope", name: "x" }))).toMatchObject({ code: Code.NotFound });
  });
});

rpc("tributary.v1.SavedViewService.DeleteSavedView", () => {
  it("deletes it for everybody, and refuses one that is gone", async () => {
    const { view } = await views().createSavedView(failed);
    await views().deleteSavedView({ id: view!.id });
    expect(await names()).toEqual([]);
    expect(await refusal(views().deleteSavedView({ id: view!.id }))).toMatchObject({
      code: Code.NotFound,
      message: expect.stringContaining("it may have been deleted"),
    });
  });
});
