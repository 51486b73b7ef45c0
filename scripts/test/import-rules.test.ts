import { cpSync, existsSync, mkdirSync, symlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, it } from "vitest";
import { importRules, type Violation, violationsOf } from "../import-rules.ts";
import { root } from "../root.ts";
import { temporaryFolder, writeFiles } from "./temporary-folder.ts";

const dialects = {
  agent: "agent",
  ame: "ame",
  armonik: "armonik",
  flyte: "flyteidl",
  taskqueue: "taskqueue",
  tributary: "tributary",
};
const nextTo = (dialect: string) => (dialect === "ame" ? "agent" : "ame");

/** What the planted imports lead to, and what a tree without a fault contains. */
const sound: Record<string, string> = {
  "apps/server/src/config.ts": "export {};",
  "apps/server/src/main.ts": `import "#server/compose.ts"; import "#adapters/store/sqlite/index.ts"; import "#server/app.ts";`,
  "apps/server/src/compose.ts": `import "#adapters/binder/flyte/index.ts"; import "#adapters/git/program/index.ts"; import "#loops/tick.ts";`,
  "apps/server/src/app.ts": `import "#facades/ame/index.ts"; import "#rpc/facade.ts"; import "#listener/open.ts"; import type { P } from "#core/ports/index.ts"; import "fastify"; export type Q = P;`,
  "apps/server/src/core/errors.ts": "export class RefusedError extends Error {}",
  "apps/server/src/core/ports/index.ts": "export interface P { a: 1 }",
  "apps/server/src/core/tasks/submit-task.ts": `import { RefusedError } from "#core/errors.ts"; import type { P } from "../ports/index.ts"; export type S = P; export const s = RefusedError;`,
  "apps/server/src/languages/flyte/literal.ts": `import type { X } from "@tributary/proto/flyteidl/x_pb"; import "@bufbuild/protobuf"; export type L = X;`,
  "apps/server/src/languages/flyte/literal.test.ts": `import "vitest"; import "node:fs"; import "#adapters/git/program/index.ts";`,
  "apps/server/src/facades/ame/index.ts": `import "#core/tasks/submit-task.ts"; import "#rpc/facade.ts"; import "@tributary/proto/ame/x_pb"; import "@connectrpc/connect"; import "./tasks.ts";`,
  "apps/server/src/facades/ame/tasks.ts": `import "@bufbuild/protobuf";`,
  "apps/server/src/facades/agent/tasks.ts": "export {};",
  "apps/server/src/facades/flyte/index.ts": `import "#languages/flyte/literal.ts"; import "@tributary/proto/flyteidl/x_pb";`,
  "apps/server/src/adapters/store/kysely/tables.ts": `import "#core/errors.ts";`,
  "apps/server/src/adapters/store/sqlite/index.ts": `import "../kysely/tables.ts"; import type { P } from "#core/ports/index.ts"; import "node:sqlite"; export type S = P;`,
  "apps/server/src/adapters/binder/flyte/index.ts": `import "#languages/flyte/literal.ts";`,
  "apps/server/src/adapters/git/program/index.ts": `import "node:child_process"; import type { S } from "#core/tasks/submit-task.ts"; export type T = S;`,
  "apps/server/src/adapters/provider/pilot/read-tail.ts": "export {};",
  "apps/server/src/adapters/provider/slurm/index.ts": `import "../pilot/read-tail.ts";`,
  "apps/server/src/loops/tick.ts": `import "#core/tasks/submit-task.ts";`,
  "apps/server/src/rpc/facade.ts": `import "#core/errors.ts"; import "fastify"; import "@connectrpc/connect"; import "@tributary/proto/grpc/x_pb"; import "node:crypto";`,
  "apps/server/src/listener/open.ts": `import "#core/errors.ts"; import "node:net"; import "fastify";`,
  "apps/server/test/rig.ts": `import "#adapters/git/program/index.ts"; import "#facades/ame/index.ts"; import "vitest";`,
  "apps/worker/src/main.ts": `import "@tributary/proto/tributary/x_pb"; import "node:fs"; import "#worker/attempt.ts";`,
  "apps/worker/src/attempt.ts": "export {};",
  "apps/cli/src/main.ts": `import "@tributary/proto/tributary/x_pb";`,
  "apps/web/src/main.tsx": `import "#pages/tasks/page.tsx"; import "#pages/task/page.tsx";`,
  "apps/web/src/api/watch.ts": `import "@tributary/proto/tributary/x_pb"; import "#lib/format.ts"; import "react";`,
  "apps/web/src/lib/format.ts": "export {};",
  "apps/web/src/ui/button.tsx": `import "react"; import "@base-ui/react"; import "#lib/format.ts";`,
  "apps/web/src/pages/parts/frame.tsx": `import "#ui/button.tsx";`,
  "apps/web/src/pages/task/page.tsx": `import "#pages/parts/frame.tsx"; import "#api/watch.ts"; import "@tributary/proto/tributary/x_pb";`,
  "apps/web/src/pages/tasks/page.tsx": `import "./list.tsx"; import "react";`,
  "apps/web/src/pages/tasks/list.tsx": "export {};",
};

const packages = ["@bufbuild/protobuf", "@connectrpc/connect", "@base-ui/react", "fastify", "react", "vitest"];

/** A fault: an import of `to` in `file`, which may have to be made. */
interface Plant {
  readonly file: string;
  readonly to: string;
  readonly typeOnly?: boolean;
}

const in_ = (file: string, ...imports: string[]): Plant[] => imports.map((to) => ({ file, to }));

/** At least one fault for every rule, by the rule's name. */
const plants: Readonly<Record<string, readonly Plant[]>> = {
  core: in_(
    "apps/server/src/core/tasks/submit-task.ts",
    "node:fs",
    "fastify",
    "@bufbuild/protobuf",
    "@tributary/proto/ame/x_pb",
    "#rpc/facade.ts",
    "#listener/open.ts",
    "../../config.ts",
  ),
  ...Object.fromEntries(
    Object.entries(dialects).map(([dialect, generated]) => [
      `languages-${dialect}`,
      in_(
        `apps/server/src/languages/${dialect}/planted.ts`,
        "#core/errors.ts",
        "#facades/ame/tasks.ts",
        "#adapters/git/program/index.ts",
        "node:fs",
        "@connectrpc/connect",
        `@tributary/proto/${nextTo(generated)}/x_pb`,
      ),
    ]),
  ),
  ...Object.fromEntries(
    Object.entries(dialects).map(([dialect, generated]) => [
      `facades-${dialect}`,
      in_(
        `apps/server/src/facades/${dialect}/planted.ts`,
        `#facades/${nextTo(dialect)}/tasks.ts`,
        "#adapters/git/program/index.ts",
        "#listener/open.ts",
        "#loops/tick.ts",
        "fastify",
        "node:fs",
        `@tributary/proto/${nextTo(generated)}/x_pb`,
      ),
    ]),
  ),
  adapters: in_(
    "apps/server/src/adapters/git/program/index.ts",
    "#adapters/binder/flyte/index.ts",
    "#rpc/facade.ts",
    "#facades/ame/tasks.ts",
    "#listener/open.ts",
    "@tributary/proto/ame/x_pb",
  ),
  "adapters-core": in_("apps/server/src/adapters/git/program/index.ts", "#core/tasks/submit-task.ts"),
  "adapters-store-queries": in_("apps/server/src/adapters/git/program/index.ts", "#adapters/store/kysely/tables.ts"),
  "adapters-provider-pilot": in_(
    "apps/server/src/adapters/git/program/index.ts",
    "#adapters/provider/pilot/read-tail.ts",
  ),
  "adapters-languages": in_("apps/server/src/adapters/git/flyte/index.ts", "#languages/flyte/literal.ts"),
  "adapters-chosen-in-compose": [
    ...in_("apps/server/src/app.ts", "#adapters/git/program/index.ts"),
    ...in_("apps/server/src/serve.ts", "#adapters/git/program/index.ts"),
    ...in_("apps/server/src/loops/tick.ts", "#adapters/git/program/index.ts"),
    ...in_("apps/server/src/rpc/facade.ts", "#adapters/git/program/index.ts"),
  ],
  loops: in_("apps/server/src/loops/tick.ts", "#facades/ame/tasks.ts", "#rpc/facade.ts", "@connectrpc/connect"),
  rpc: in_(
    "apps/server/src/rpc/facade.ts",
    "#facades/ame/tasks.ts",
    "#listener/open.ts",
    "#adapters/git/program/index.ts",
    "#core/tasks/submit-task.ts",
    "@tributary/proto/ame/x_pb",
  ),
  listener: in_(
    "apps/server/src/listener/open.ts",
    "#rpc/facade.ts",
    "#facades/ame/tasks.ts",
    "#core/ports/index.ts",
    "@tributary/proto/ame/x_pb",
  ),
  app: in_("apps/server/src/app.ts", "#core/tasks/submit-task.ts", "#loops/tick.ts"),
  "server-apps": in_("apps/server/src/serve.ts", "../../worker/src/attempt.ts"),
  worker: in_("apps/worker/src/main.ts", "../../server/src/core/errors.ts", "@tributary/proto/ame/x_pb"),
  cli: in_("apps/cli/src/main.ts", "../../server/src/core/errors.ts", "@tributary/proto/ame/x_pb"),
  web: in_("apps/web/src/api/watch.ts", "../../../server/src/core/errors.ts", "@tributary/proto/ame/x_pb"),
  "web-pages": in_("apps/web/src/pages/task/page.tsx", "#pages/tasks/list.tsx", "../tasks/list.tsx"),
  "web-pages-api": [
    ...in_("apps/web/src/ui/button.tsx", "#pages/tasks/list.tsx"),
    ...in_("apps/web/src/api/watch.ts", "#pages/tasks/list.tsx"),
  ],
  "web-ui": in_(
    "apps/web/src/ui/button.tsx",
    "#api/watch.ts",
    "@connectrpc/connect",
    "@tributary/proto/tributary/x_pb",
  ),
  "web-api": in_("apps/web/src/api/watch.ts", "#ui/button.tsx"),
  "web-lib": in_("apps/web/src/lib/format.ts", "#ui/button.tsx", "react", "@tributary/proto/tributary/x_pb"),
  "generated-by-name": in_("apps/worker/src/main.ts", "../../../proto/gen/tributary/x_pb.js"),
  "tests-stay-tests": [
    ...in_("apps/server/src/serve.ts", "../test/rig.ts", "vitest"),
    ...in_("apps/server/src/serve.ts", "#languages/flyte/literal.test.ts"),
  ],
  "no-cycles": [
    { file: "apps/worker/src/attempt.ts", to: "#worker/main.ts" },
    { file: "apps/server/src/core/ports/index.ts", to: "#core/tasks/submit-task.ts", typeOnly: true },
  ],
  resolvable: in_("apps/worker/src/main.ts", "./not-there.ts", "#worker/not-there.ts", "no-such-package"),
};

/** A tree like the repository's, with stand-ins for packages and generated code. */
function plantTree(): string {
  const folder = temporaryFolder();
  writeFiles(folder, sound);
  for (const app of ["server", "worker", "cli", "web"]) {
    const own = join(root, `apps/${app}/package.json`);
    if (existsSync(own)) cpSync(own, join(folder, `apps/${app}/package.json`));
    mkdirSync(join(folder, `apps/${app}/node_modules/@tributary`), { recursive: true });
    symlinkSync(join(folder, "proto"), join(folder, `apps/${app}/node_modules/@tributary/proto`));
    for (const name of packages) {
      writeFiles(join(folder, `apps/${app}/node_modules`, name), {
        "package.json": JSON.stringify({ name, version: "1.0.0", main: "index.js" }),
        "index.js": "",
      });
    }
  }
  cpSync(join(root, "proto/package.json"), join(folder, "proto/package.json"));
  for (const generated of [...Object.values(dialects), "grpc"]) {
    const code = { "x_pb.js": "export const X = 1;", "x_pb.d.ts": "export declare const X: 1; export type X = 1;" };
    writeFiles(join(folder, "proto/gen", generated), code);
  }
  return folder;
}

/** Adds the faults to a sound tree, all at once. */
function plant(folder: string, faults: readonly Plant[]): void {
  for (const [file, ofFile] of Map.groupBy(faults, ({ file }) => file)) {
    const lines = ofFile.map(({ to, typeOnly }) => (typeOnly ? `import type { S } from "${to}";` : `import "${to}";`));
    writeFiles(folder, { [file]: [sound[file] ?? "", ...lines].join("\n") });
  }
}

const catches = ({ file, to }: Plant, { from, to: found }: Violation) =>
  from === file && found.includes(basename(to).replace("node:", ""));

it("find nothing in a tree without a fault", async () => {
  expect(await violationsOf(plantTree())).toEqual([]);
});

it("all have a planted fault", async () => {
  const { forbidden = [] } = await importRules();
  expect(Object.keys(plants).sort()).toEqual(forbidden.map(({ name }) => name).sort());
});

it("catch every planted fault, each by its own rule", async () => {
  const folder = plantTree();
  plant(folder, Object.values(plants).flat());
  const found = Map.groupBy(await violationsOf(folder), ({ rule }) => rule);
  const missed = Object.entries(plants).flatMap(([rule, faults]) =>
    faults
      .filter((fault) => !found.get(rule)?.some((violation) => catches(fault, violation)))
      .map((fault) => ({ rule, ...fault })),
  );
  expect(missed).toEqual([]);
});
