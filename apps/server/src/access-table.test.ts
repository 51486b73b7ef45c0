import { afterAll, beforeAll, expect, it } from "vitest";
import { healthService, Readiness } from "#rpc/health.ts";
import { reflectionServices } from "#rpc/reflection/index.ts";
import { accessTable } from "#server/access-table.ts";
import { facadesOf } from "#server/app.ts";
import { type AppServer, startApp } from "#test/wire/app/app-server.ts";

let server: AppServer;

beforeAll(async () => {
  server = await startApp();
});
afterAll(() => server.close());

it("has a row for every RPC that is mounted, and no other", () => {
  const { ports, folder } = server.inside;
  const facts = { version: "", store: "", auth: "", dataFolder: folder, startedAt: 0 };
  const services = [
    ...facadesOf(ports, facts).flatMap((facade) => facade.services),
    healthService(new Readiness(), () => []),
    ...reflectionServices([]),
  ];
  const mounted = services.flatMap(({ desc }) => desc.methods.map(({ name }) => `/${desc.typeName}/${name}`));
  const rows = [...accessTable.keys()].filter((path) => path.startsWith("/"));
  // Paths that are read in two ways have one row.
  expect(rows.sort()).toEqual([...new Set(mounted)].sort());
});

it("has rows for plain routes that exist", async () => {
  const plain = [...accessTable.keys()].filter((path) => !path.startsWith("/"));
  expect(plain.length).toBeGreaterThan(1);
  for (const row of plain) {
    const [method = "", path = ""] = row.split(" ");
    const answer = await fetch(server.url + path.replaceAll(/:\w+|\*/g, "x"), { method });
    expect([row, await answer.text()]).not.toEqual([row, expect.stringContaining("Not Found")]);
  }
});
