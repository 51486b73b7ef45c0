import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const buf = `${root}node_modules/.bin/buf`;

test.skipIf(!existsSync(buf))("buf finds nothing to say", { timeout: 60_000 }, () => {
  expect(execFileSync(buf, ["lint"], { cwd: root, encoding: "utf8", timeout: 50_000 })).toBe("");
});
