import { type ClientHttp2Session, connect } from "node:http2";
import type { DescMethod } from "@bufbuild/protobuf";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createToken } from "#core/tokens/create-token.ts";
import { revokeToken } from "#core/tokens/revoke-token.ts";
import type { Access } from "#rpc/access.ts";
import { healthService, Readiness } from "#rpc/health.ts";
import { reflectionServices } from "#rpc/reflection/index.ts";
import { accessTable } from "#server/access-table.ts";
import { facadesOf } from "#server/app.ts";
import { type AppServer, startApp } from "#test/wire/app/app-server.ts";

type Bearer =
  | "nobody"
  | "an empty token"
  | "garbage"
  | "an unknown token"
  | "an expired token"
  | "a revoked token"
  | "a viewer"
  | "a runner"
  | "an editor"
  | "an admin"
  | "an admin of another project"
  | "a worker";

type Answer = "served" | "unauthenticated" | "permission_denied";

let server: AppServer;
let session: ClientHttp2Session;
const headers = new Map<Bearer, string | undefined>();

beforeAll(async () => {
  server = await startApp({ auth: "required" });
  const { ports } = server.inside;
  const make = async (
    bearer: Bearer,
    role: "viewer" | "runner" | "editor" | "admin" | "worker",
    projects: string[] = [],
  ) => {
    const made = await createToken(ports, { name: `${role} ${headers.size}`, role, projects, by: "test" });
    headers.set(bearer, `Bearer ${made.text}`);
    return made.token;
  };
  headers.set("nobody", undefined).set("an empty token", "Bearer ").set("garbage", "Bearer garbage");
  const unknown = await make("an unknown token", "admin");
  const expired = await make("an expired token", "admin");
  const revoked = await make("a revoked token", "admin");
  await make("a viewer", "viewer");
  await make("a runner", "runner");
  await make("an editor", "editor");
  await make("an admin", "admin");
  await make("an admin of another project", "admin", ["another"]);
  await make("a worker", "worker");
  await revokeToken(ports, { id: revoked.id, by: "test" });
  await ports.store.transact(async (tx) => {
    await tx.tokens.put([{ ...expired, expiresAt: 1 }]);
    await tx.tokens.delete([unknown.id]);
  }, undefined);
  await ports.tokens.load();
  session = connect(server.url);
});
afterAll(async () => {
  session.destroy();
  await server.close();
});

/** What the table promises, worked out by other means than the server's. */
function promised({ needs, wholeServer, orWorker }: Access, bearer: Bearer): Answer {
  if (needs === "anyone") return "served";
  const people: Bearer[] = ["a viewer", "a runner", "an editor", "an admin"];
  if (bearer === "a worker") return needs === "worker" || orWorker ? "served" : "permission_denied";
  if (bearer === "an admin of another project")
    return needs === "worker" || wholeServer ? "permission_denied" : "served";
  const rank = people.indexOf(bearer);
  if (rank < 0) return "unauthenticated";
  return needs !== "worker" && rank >= ["viewer", "runner", "editor", "admin"].indexOf(needs)
    ? "served"
    : "permission_denied";
}

/** Calls with an empty message as JSON; whatever is neither refusal was served, a fault of the message among that. */
async function call(path: string, method: DescMethod, authorization: string | undefined): Promise<Answer> {
  const unary = method.methodKind === "unary";
  const stream = session.request({
    ":method": "POST",
    ":path": path,
    "content-type": unary ? "application/json" : "application/connect+json",
    // What follows or waits is served as soon as it does so.
    "connect-timeout-ms": "400",
    ...(unary ? { "connect-protocol-version": "1" } : {}),
    ...(authorization === undefined ? {} : { authorization }),
  });
  stream.end(unary ? "{}" : Buffer.from([0, 0, 0, 0, 2, ...Buffer.from("{}")]));
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  const code = /"code":"(\w+)"/.exec(Buffer.concat(chunks).toString())?.[1];
  return code === "unauthenticated" || code === "permission_denied" ? code : "served";
}

function allMethods(): readonly (readonly [string, DescMethod])[] {
  const facts = { version: "", store: "", auth: "", dataFolder: server.inside.folder, startedAt: 0 };
  const services = [
    ...facadesOf(server.inside.ports, facts).flatMap((facade) => facade.services),
    healthService(new Readiness(), () => []),
    ...reflectionServices([]),
  ];
  return services.flatMap(({ desc }) =>
    desc.methods.map((method) => [`/${desc.typeName}/${method.name}`, method] as const),
  );
}

/** Logging in is for those who have no token yet: what it says of an empty one is its own answer. */
const own = new Set(["/tributary.v1.SessionService/Login", "/taskqueue.TaskQueue/Login"]);

it("every RPC serves whom the table says, and nobody else", { timeout: 120_000 }, async () => {
  const cells = allMethods()
    .filter(([path]) => !own.has(path))
    .flatMap(([path, method]) => [...headers].map(([bearer, header]) => ({ path, method, bearer, header })));
  expect(cells.length).toBeGreaterThan(2_000);
  const wrong: string[] = [];
  const next = cells[Symbol.iterator]();
  const caller = async () => {
    for (const { path, method, bearer, header } of next) {
      const access = accessTable.get(path);
      const expected = access ? promised(access, bearer) : "permission_denied";
      const answer = await call(path, method, header);
      if (answer !== expected) wrong.push(`${path} for ${bearer}: ${answer}, not ${expected}`);
    }
  };
  await Promise.all(Array.from({ length: 40 }, caller));
  expect(wrong).toEqual([]);
});

/** Open to everybody, and then asks for a proof of its own: a delivery without one is refused, whoever makes it. */
const webhook = "POST /hooks/sources/:sourceId";

it("every plain route serves whom the table says", async () => {
  for (const [row, access] of accessTable) {
    const [method = "", path = ""] = row.split(" ");
    if (path === "") continue;
    for (const [bearer, authorization] of headers) {
      const answer = await fetch(server.url + path.replaceAll(/:\w+|\*/g, "x"), {
        method,
        ...(authorization === undefined ? {} : { headers: { authorization } }),
      });
      const told: Answer =
        answer.status === 401 ? "unauthenticated" : answer.status === 403 ? "permission_denied" : "served";
      await answer.body?.cancel();
      const expected = row === webhook ? "unauthenticated" : promised(access, bearer);
      expect([row, bearer, told]).toEqual([row, bearer, expected]);
    }
  }
});
