import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code, createClient } from "@connectrpc/connect";
import { Credential, SessionService } from "@tributary/proto/tributary/v1/sessions_pb";
import { type CreateTokenRequestSchema, Role, TokenService } from "@tributary/proto/tributary/v1/tokens_pb";
import { describe, expect, it } from "vitest";
import type { Principal } from "#core/principal.ts";
import { createFirstToken } from "#core/tokens/create-token.ts";
import { refusal, rpc, server } from "#test/facades/suite.ts";
import { openInProcess } from "#test/in-process.ts";
import { manualClock } from "#test/manual-clock.ts";

const tokens = () => createClient(TokenService, server.transport());
const sessions = (principal?: Principal) => createClient(SessionService, server.transport(principal));
const names = async () => (await tokens().listTokens({})).tokens.map(({ name }) => name);

type CreateAsk = MessageInitShape<typeof CreateTokenRequestSchema> & { readonly past?: boolean };

/** Options for a call, and the cookie that its answer sets. */
function catchCookie(headers: Record<string, string> = {}) {
  const caught = { cookie: "" };
  const onHeader = (answer: Headers) => {
    caught.cookie = answer.get("set-cookie") ?? "";
  };
  return { caught, options: { headers, onHeader } };
}

/** What the text of a token is good for. */
const check = (text: string) => server.ports.tokens.check(text, "api");

rpc("tributary.v1.TokenService.CreateToken", () => {
  it("shows the text once, keeps only its hash, and the token works with its role and projects", async () => {
    const expireTime = timestampFromMs(Date.now() + 60_000);
    const { token, text } = await tokens().createToken({
      name: "nightly",
      role: Role.RUNNER,
      projectNames: ["b", "a", "b"],
      expireTime,
    });
    expect(text).toMatch(/^trib_[0-9A-Za-z]{49}$/);
    expect(token).toMatchObject({ name: "nightly", role: Role.RUNNER, projectNames: ["a", "b"], createdBy: "local" });
    expect(await check(text)).toEqual({
      principal: {
        name: "nightly",
        role: "runner",
        projects: ["a", "b"],
        tokenId: token!.id,
        expiresAt: expect.any(Number),
      },
    });
    const kept = await server.ports.store.transact((tx) => tx.tokens.all(), undefined);
    expect(JSON.stringify(kept)).not.toContain(text.slice(5, 30));
    expect(kept).toMatchObject([{ hash: server.ports.digest.sha256(text) }]);
  });

  it.each([
    [{ name: " ", role: Role.VIEWER }, "name"],
    [{ name: "local", role: Role.VIEWER }, "name"],
    [{ name: "a\nb", role: Role.VIEWER }, "name"],
    [{ name: "x" }, "role"],
    [{ name: "x", role: 77 as Role }, "role"],
    [{ name: "x", role: Role.VIEWER, projectNames: [""] }, "project_names"],
    [{ name: "x", role: Role.WORKER, projectNames: ["a"] }, "project_names"],
    [{ name: "x", role: Role.VIEWER, clientDialect: "klingon" }, "client_dialect"],
    // A time is kept in a bigint, which titles of tests cannot show.
    [{ name: "x", role: Role.VIEWER, past: true }, "expire_time"],
  ])("refuses %j and names the field", async ({ past, ...ask }: CreateAsk, field) => {
    const expireTime = timestampFromMs(Date.now() - 1);
    expect(await refusal(tokens().createToken({ ...ask, ...(past ? { expireTime } : {}) }))).toMatchObject({
      code: Code.InvalidArgument,
      message: expect.stringContaining(field),
    });
  });

  it("refuses a name that is taken until its token is revoked", async () => {
    const { token } = await tokens().createToken({ name: "twice", role: Role.VIEWER });
    expect(await refusal(tokens().createToken({ name: "twice", role: Role.ADMIN }))).toMatchObject({
      code: Code.AlreadyExists,
    });
    await tokens().revokeToken({ id: token!.id });
    await tokens().createToken({ name: "twice", role: Role.ADMIN });
  });
});

rpc("tributary.v1.TokenService.ListTokens", () => {
  it("answers newest first, without any text, and refuses whoever is no admin", async () => {
    await tokens().createToken({ name: "first", role: Role.VIEWER });
    const { text } = await tokens().createToken({ name: "second", role: Role.WORKER, clientDialect: "scitq" });
    expect((await names()).sort()).toEqual(["first", "second"]);
    const editor = createClient(TokenService, server.transport({ name: "e", role: "editor" }));
    expect(await refusal(editor.listTokens({}))).toMatchObject({
      code: Code.PermissionDenied,
      message: expect.stringContaining("ListTokens needs the role admin, and e has editor"),
    });
    expect(await check(text)).toMatchObject({ principal: { role: "worker", clientDialect: "scitq" } });
    expect((await tokens().listTokens({})).tokens.find(({ name }) => name === "second")?.lastUsedTime).toBeDefined();
  });
});

rpc("tributary.v1.TokenService.RevokeToken", () => {
  it("counts at once, ends the sessions, may be asked again, and refuses an unknown one", async () => {
    const { token, text } = await tokens().createToken({ name: "gone", role: Role.VIEWER });
    const { session } = await sessions().login({ token: text });
    expect(session).toMatchObject({ name: "gone", credential: Credential.SESSION });
    expect((await tokens().listTokens({})).tokens[0]?.sessionCount).toBe(1);
    const { token: revoked } = await tokens().revokeToken({ id: token!.id });
    expect(revoked).toMatchObject({ revokedBy: "local", revokeTime: expect.anything() });
    expect(await check(text)).toEqual({ refused: expect.stringContaining("gone was revoked") });
    expect((await tokens().listTokens({})).tokens[0]?.sessionCount).toBe(0);
    expect((await tokens().revokeToken({ id: token!.id })).token?.revokeTime).toEqual(revoked?.revokeTime);
    expect(await refusal(tokens().revokeToken({ id: "nope" }))).toMatchObject({ code: Code.NotFound });
    expect(await refusal(sessions().login({ token: text }))).toMatchObject({ code: Code.Unauthenticated });
  });
});

rpc("tributary.v1.SessionService.GetSession", () => {
  it("tells who calls, and which role each RPC needs; a worker is refused", async () => {
    const answer = await sessions().getSession({});
    expect(answer.session).toMatchObject({ name: "local", role: Role.ADMIN, credential: Credential.NONE });
    expect(answer.neededRoles).toMatchObject({
      "tributary.v1.TaskService.CancelTask": Role.RUNNER,
      "tributary.v1.TokenService.CreateToken": Role.ADMIN,
    });
    expect(answer.neededRoles).not.toHaveProperty(["tributary.v1.SessionService.Login"]);
    expect(answer.unscopedRpcs).toContain("tributary.v1.TokenService.ListTokens");
    const limited = { name: "n", role: "viewer", projects: ["a"], tokenId: "t" } as const;
    expect((await sessions(limited).getSession({})).session).toMatchObject({
      projectNames: ["a"],
      credential: Credential.TOKEN,
    });
    expect(await refusal(sessions({ name: "w", role: "worker" }).getSession({}))).toMatchObject({
      code: Code.PermissionDenied,
    });
  });
});

rpc("tributary.v1.SessionService.Login", () => {
  it("sets a cookie that pages cannot read, over TLS under a name that is bound to the host", async () => {
    const { text } = await tokens().createToken({ name: "me", role: Role.EDITOR });
    const cookieFor = async (origin: string) => {
      const { caught, options } = catchCookie({ origin });
      await sessions().login({ token: ` ${text}\n` }, options);
      return caught.cookie;
    };
    expect(await cookieFor("http://127.0.0.1:3342")).toMatch(
      /^tributary_session=tribs_[0-9A-Za-z]{49}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=604(?:7\d\d|800)$/,
    );
    expect(await cookieFor("https://tributary.example.org")).toMatch(
      /^__Host-tributary_session=tribs_.*; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+; Secure$/,
    );
  });

  it("refuses what is no usable token of a person", async () => {
    const { text } = await tokens().createToken({ name: "robot", role: Role.WORKER });
    for (const token of ["nonsense", text, `${text.slice(0, -1)}!`, `trib_${"0".repeat(49)}`]) {
      expect(await refusal(sessions().login({ token }))).toMatchObject({ code: Code.Unauthenticated });
    }
    expect(await refusal(sessions().login({ token: "" }))).toMatchObject({ code: Code.InvalidArgument });
  });

  it("ends with its token, if that is sooner", async () => {
    const expireTime = timestampFromMs(Date.now() + 30_000);
    const { text } = await tokens().createToken({ name: "brief", role: Role.VIEWER, expireTime });
    expect((await sessions().login({ token: text })).session?.expireTime).toEqual(expireTime);
  });
});

rpc("tributary.v1.SessionService.Logout", () => {
  it("ends the session and takes the cookie away; without one it only does the latter", async () => {
    const { token, text } = await tokens().createToken({ name: "me", role: Role.EDITOR });
    const { caught, options } = catchCookie();
    await sessions().login({ token: text }, options);
    const sessionText = /=(tribs_\w+)/.exec(caught.cookie)![1]!;
    const known = await server.ports.tokens.check(sessionText, "session");
    if ("refused" in known) throw new Error(known.refused);
    expect(known.principal).toMatchObject({ name: "me", role: "editor", tokenId: token!.id });
    // One is no good for the other's place.
    expect(await check(sessionText)).toHaveProperty("refused");
    expect(await server.ports.tokens.check(text, "session")).toHaveProperty("refused");
    const cleared = catchCookie();
    await sessions(known.principal).logout({}, cleared.options);
    expect(cleared.caught.cookie).toContain("tributary_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
    expect(await server.ports.tokens.check(sessionText, "session")).toHaveProperty("refused");
    await sessions().logout({});
  });
});

describe("tokens that others make", () => {
  it("expire by the clock, note their use once in a while, and are found before the journal tells of them", async () => {
    const clock = manualClock();
    const here = await openInProcess({ clock });
    const text = (await createFirstToken(here.ports))!;
    expect(await createFirstToken(here.ports)).toBeUndefined();
    const stored = async () => (await here.ports.store.transact((tx) => tx.tokens.all(), undefined))[0]!;
    // As another server would know it: not at all.
    here.ports.tokens.forget([await stored()]);
    expect(await here.ports.tokens.check(text, "api")).toMatchObject({ principal: { role: "admin" } });
    const usedAt = clock.now();
    await expect.poll(async () => (await stored()).lastUsedAt).toBe(usedAt);
    clock.advance(60_000);
    await here.ports.tokens.check(text, "api");
    clock.advance(6 * 60_000);
    await here.ports.tokens.check(text, "api");
    await expect.poll(async () => (await stored()).lastUsedAt).toBe(usedAt + 7 * 60_000);
    const expiring = { ...(await stored()), expiresAt: clock.now() + 1_000 };
    await here.ports.store.transact((tx) => tx.tokens.put([expiring]), undefined);
    await here.ports.tokens.load();
    expect(await here.ports.tokens.check(text, "api")).toHaveProperty("principal");
    clock.advance(1_000);
    expect(await here.ports.tokens.check(text, "api")).toEqual({ refused: expect.stringContaining("has expired") });
    // Then nobody could make one.
    expect(await createFirstToken(here.ports)).toMatch(/^trib_/);
    await here.close();
  });
});
