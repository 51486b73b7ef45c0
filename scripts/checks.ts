import { globSync } from "node:fs";
import type { Job } from "./in-parallel.ts";
import { root } from "./root.ts";

/** One thing that `npm run check` looks at. */
export interface Check extends Job {
  readonly name: string;
  readonly argv: readonly [string, ...string[]];
  /** Mends what can be mended. */
  readonly fix?: readonly [string, ...string[]];
}

const script = (path: string, ...args: string[]) => [process.execPath, `scripts/${path}`, ...args] as const;

/** Each TypeScript project that has a source. */
function typeChecks(): Check[] {
  const folders = ["apps/server", "apps/worker", "apps/cli", "apps/web", "proto", "e2e", "scripts", "bench"];
  const sources = (folder: string) => globSync(`${folder}/{,src/**/,test/**/}*.{ts,tsx}`, { cwd: root });
  return folders
    .filter((folder) => sources(folder).some((path) => !path.endsWith(".config.ts")))
    .map((folder) => ({ name: `types ${folder}`, argv: ["tsc", "-p", folder] }));
}

export const checks: readonly Check[] = [
  ...typeChecks(),
  {
    name: "format and lint",
    argv: ["biome", "check", "--error-on-warnings", "--max-diagnostics=50", "."],
    fix: ["biome", "check", "--write", "."],
  },
  { name: "promises and globals", argv: ["oxlint", "--type-aware", "--deny-warnings"] },
  { name: "protos", argv: ["buf", "lint"] },
  { name: "import rules", argv: script("import-rules.ts") },
  { name: "dead code", argv: ["knip", "--no-progress", "--no-config-hints"] },
  { name: "files", argv: script("tree-rules.ts") },
  { name: "tables in docs", argv: script("docs-tables.ts", "--check"), fix: script("docs-tables.ts") },
];
