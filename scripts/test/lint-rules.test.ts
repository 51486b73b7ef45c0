import { spawnSync } from "node:child_process";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { environment, root } from "../root.ts";
import { temporaryFolder, writeFiles } from "./temporary-folder.ts";

/** A line of code each, and the rule that it breaks. */
const faults = {
  "apps/server/src/core/planted.ts": [
    ["export const a = Date.now();", "no-restricted-globals"],
    ["export const b = new Date();", "no-restricted-globals"],
    ["export const c = performance.now();", "no-restricted-globals"],
    ["export const d = crypto.randomUUID();", "no-restricted-globals"],
    ["export const e = () => setTimeout(() => {}, 1);", "no-restricted-globals"],
    ["export const f = () => setInterval(() => {}, 1);", "no-restricted-globals"],
    ["export const g = () => setImmediate(() => {});", "no-restricted-globals"],
    ["export const h = () => fetch('/');", "no-restricted-globals"],
    ["export const i = process.pid;", "no-restricted-globals"],
    ["export const j = () => console.log();", "no-restricted-globals"],
    ["export const k = globalThis.Date;", "no-restricted-globals"],
    ["export const l = Math.random();", "no-restricted-properties"],
  ],
  "apps/server/src/serve.ts": [["export const a = process.env.HOME;", "no-process-env"]],
  "apps/worker/src/promises.ts": [
    ["async function work() {}", ""],
    ["export function lose() { work(); }", "no-floating-promises"],
    ["export async function wait() { await 1; }", "await-thenable"],
    ["export function each(some: number[]) { some.forEach(async () => { await work(); }); }", "no-misused-promises"],
  ],
} as const;

/** What is allowed where the same would be a fault elsewhere. */
const sound = {
  "apps/server/src/config.ts": "export const home = process.env.HOME;",
  "apps/server/src/core/planted.test.ts": "export const now = Date.now();",
  "apps/server/src/core/when.ts":
    "export const day = (date: Date): number => date.getTime();\nexport const pi = Math.PI;",
  "apps/server/src/loops/tick.ts": "export const tick = () => setTimeout(() => {}, 1);",
};

interface Diagnostic {
  readonly code: string;
  readonly filename: string;
  readonly labels: readonly { readonly span: { readonly line: number } }[];
}

it("catch every planted fault, and nothing else", () => {
  const folder = temporaryFolder();
  const lines = Object.entries(faults).map(([path, rows]) => [path, rows.map(([line]) => line).join("\n")]);
  writeFiles(folder, { ...sound, ...(Object.fromEntries(lines) as Record<string, string>) });
  copyFileSync(join(root, ".oxlintrc.json"), join(folder, ".oxlintrc.json"));
  const options = {
    target: "esnext",
    module: "nodenext",
    strict: true,
    noEmit: true,
    types: [],
    lib: ["esnext", "dom"],
  };
  writeFiles(folder, { "tsconfig.json": JSON.stringify({ compilerOptions: options, include: ["apps"] }) });

  const { stdout } = spawnSync("oxlint", ["--type-aware", "--format=json"], {
    cwd: folder,
    env: environment,
    encoding: "utf8",
  });
  const { diagnostics } = JSON.parse(stdout) as { readonly diagnostics: readonly Diagnostic[] };
  const found = diagnostics.map(
    ({ code, filename, labels }) => `${filename}:${labels[0]?.span.line} ${code.match(/\((.*)\)/)?.[1]}`,
  );
  const planted = Object.entries(faults).flatMap(([path, rows]) =>
    rows.flatMap(([, rule], index) => (rule === "" ? [] : [`${path}:${index + 1} ${rule}`])),
  );
  expect([...new Set(found)].sort()).toEqual([...planted].sort());
});
