import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findPrograms } from "#adapters/machine/node/find-programs.ts";
import type { Check } from "#core/checks/check.ts";
import { machineChecks } from "#core/checks/machine-checks.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tributary-programs-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A program that answers so, or fails. */
function place(name: string, script: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

async function check() {
  const machine = { programs: () => findPrograms({ PATH: folder }) };
  const programs = machineChecks.find(({ name }) => name === "programs");
  return programs?.run({ machine } as Parameters<Check["run"]>[0]);
}

describe("the programs of a machine", () => {
  it("are named with their versions, and what is missing with what to install", async () => {
    place("git", "echo git version 2.39.5");
    place("python3", 'case "$*" in *ensurepip*) exit 1;; *) echo Python 3.11.2;; esac');
    expect(await check()).toMatchObject({
      status: "warn",
      found: "git 2.39.5, python3 3.11.2, venv not found, uv not found",
      advice: expect.stringContaining("python3-venv"),
    });
    place("uv", "echo uv 0.13.9");
    expect(await check()).toMatchObject({ status: "ok", found: expect.stringContaining("uv 0.13.9") });
    rmSync(join(folder, "uv"));
    place("python3", "echo 3.11.2");
    expect(await check()).toMatchObject({ status: "ok", found: expect.stringContaining("pip is used instead") });
    rmSync(join(folder, "git"));
    expect(await check()).toMatchObject({ status: "fail", advice: expect.stringContaining("Install git") });
  });
});
