import fastify, { type FastifyPluginCallback } from "fastify";
import { expect, it } from "vitest";
import { OneRoute } from "./one-route.ts";

const calls: FastifyPluginCallback = (scope, _options, done) => {
  for (const path of ["/a.B/C", "/a.B/D"]) scope.all(path, {}, async (request) => `${request.method} ${path}`);
  done();
};

async function newApp() {
  const oneRoute = new OneRoute();
  const app = fastify();
  app.addConstraintStrategy(oneRoute.strategy);
  app.setNotFoundHandler((request, reply) => reply.code(404).send(`nothing, ${request.is404}`));
  app.get("/healthz", async () => "alive");
  app.get("/*", async () => "a page");
  await app.register(oneRoute.of(calls));
  return app;
}

async function answers(...requests: readonly string[]) {
  await using app = await newApp();
  const said: string[] = [];
  for (const request of requests) {
    const [method, url] = request.split(" ") as ["GET" | "POST" | "PUT", string];
    said.push((await app.inject({ method, url })).body);
  }
  return said;
}

it("answers its paths for every method, before any other route", async () => {
  const requests = ["POST /a.B/C", "GET /a.B/C", "PUT /a.B/D", "GET /a.B/D?message=1"];
  expect(await answers(...requests)).toEqual(["POST /a.B/C", "GET /a.B/C", "PUT /a.B/D", "GET /a.B/D"]);
});

it("leaves all other paths to other routes, or to none", async () => {
  const others = ["GET /healthz", "GET /a.B/E", "GET /a.B/%43", "GET /a.B/C/"];
  expect(await answers(...others)).toEqual(["alive", "a page", "a page", "a page"]);
  const none = ["POST /a.B/E", "POST /a.B/%43", "POST /a.B/C/", "POST /a.b/c", "POST *", "POST /"];
  expect(await answers(...none)).toEqual(none.map(() => "nothing, true"));
});
