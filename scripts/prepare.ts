import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Product, refresh } from "./refresh.ts";
import { cacheFolder, root } from "./root.ts";
import { endCommandsOnSignal, runCommand } from "./run-command.ts";

const products = {
  protos: {
    output: "proto/gen",
    inputs: [
      "buf.yaml",
      "buf.gen.yaml",
      "proto/*/**/*.proto",
      "node_modules/@flyteorg/flyteidl/package.json",
      "node_modules/@bufbuild/{buf,protoc-gen-es}/package.json",
    ],
    async build(folder) {
      await run("generate code from proto/", ["buf", "generate", "--output", folder]);
      return join(folder, "proto/gen");
    },
  },
  web: {
    output: "apps/web/dist",
    inputs: [
      "apps/web/{index.html,vite.config.ts,package.json}",
      "apps/web/{src,public}/**/*",
      "proto/gen/.inputs",
      "pnpm-lock.yaml",
    ],
    notInputs: ["apps/web/src/**/*.test.{ts,tsx}"],
    async build(folder) {
      const dist = join(folder, "dist");
      const vite = [process.execPath, "node_modules/vite/bin/vite.js", "build"] as const;
      await run("build the dashboard", [...vite, "--outDir", dist], "apps/web");
      return dist;
    },
  },
  server: {
    output: "apps/server/dist",
    inputs: [
      "scripts/bundle-server.ts",
      "apps/server/package.json",
      "apps/server/src/**/*.ts",
      "proto/gen/.inputs",
      "pnpm-lock.yaml",
    ],
    notInputs: ["apps/server/src/**/*.test.ts"],
    async build(folder) {
      const dist = join(folder, "dist");
      await run("bundle the server", [process.execPath, "scripts/bundle-server.ts", dist]);
      return dist;
    },
  },
} satisfies Record<string, Product>;

export type ProductName = keyof typeof products;

/**
 * Generates code, builds the dashboard and bundles the server, in this order, where their sources have changed.
 *
 * @throws Error with the tool's own output when one of them fails
 */
export async function prepare(names: readonly ProductName[]): Promise<void> {
  for (const name of names) await refresh(root, products[name]);
}

async function run(what: string, argv: readonly [string, ...string[]], folder = ""): Promise<void> {
  console.error(`tributary: ${what}`);
  const logFile = join(cacheFolder, `prepare-${process.pid}.log`);
  const { ok, why } = await runCommand({ argv, folder: join(root, folder), logFile, seconds: 300 });
  if (!ok) throw new Error(`${readFileSync(logFile, "utf8")}\nCould not ${what}: ${why}`);
  rmSync(logFile);
}

if (import.meta.main) {
  endCommandsOnSignal();
  try {
    await prepare(process.argv.slice(2).filter((name) => name in products) as ProductName[]);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}
