import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, it, vi } from "vitest";
import { runSuites } from "../run-suites.ts";
import { reportFile, type Suite } from "../suites.ts";
import { temporaryFolder } from "./temporary-folder.ts";

let printed: string[] = [];
beforeEach(() => {
  printed = [];
});

/** A suite that runs a line of JavaScript, in which `report(passed, failed)` writes the report. */
function suite(name: string, code: string, more: Partial<Suite> = {}): Suite {
  const report = `const report = (passed, failed = []) => require("node:fs").writeFileSync(process.argv[1], JSON.stringify({ passed, failed }));`;
  const argv = [process.execPath, "-e", `${report} ${code}`, reportFile] as const;
  return { name: `self-test-${name}`, folder: ".", argv, report: "check", minutes: 1, ...more };
}

const run = (suites: readonly Suite[], skipFails = false) =>
  runSuites(suites, { width: 2, skipFails, print: (text) => printed.push(text) });
const lastLine = () => printed.at(-1);

it("adds up and ends with the closing line", async () => {
  expect(await run([suite("one", `report(["a", "b"])`), suite("two", `report(["c"])`)])).toBe(true);
  expect(lastLine()).toBe("3 passed, 0 failed");
});

it("fails and prints the whole output when a test failed", async () => {
  expect(await run([suite("bad", `report(["a"], ["b"]); console.error("the reason"); process.exit(1)`)])).toBe(false);
  expect(lastLine()).toBe("1 passed, 1 failed");
  expect(printed.join("\n")).toContain("the reason");
  expect(printed).toContain("✗ self-test-bad: b");
});

it.each([
  ["ended badly though all passed", `report(["a"]); process.exit(3)`, "no test failed, but: exit code 3"],
  ["left no report", "process.exit(0)", "it left no report: exit code 0"],
  ["ran no test", "report([])", "it ran no test"],
  ["killed itself", `process.kill(process.pid, "SIGKILL")`, "it left no report: ended by SIGKILL"],
])("counts a suite that %s as one that failed", async (_, code, why) => {
  expect(await run([suite("odd", code)])).toBe(false);
  expect(printed).toContain(`✗ self-test-odd: ${why}`);
  expect(lastLine()).toMatch(/^\d passed, 1 failed$/);
});

it("ends a suite whose time is up, and what it started", async () => {
  const pidFile = join(temporaryFolder(), "pid");
  const code = `
    const child = require("node:child_process").spawn("sleep", ["100"]);
    require("node:fs").writeFileSync(${JSON.stringify(pidFile)}, String(child.pid));
    setInterval(() => {}, 1000);`;
  expect(await run([suite("slow", code, { minutes: 1 / 60 })])).toBe(false);
  expect(printed).toContain("✗ self-test-slow: it left no report: still running after 1 s");
  const pid = Number(readFileSync(pidFile, "utf8"));
  await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow(), { timeout: 5000 });
});

it("skips what the system lacks, and fails instead where nothing may be skipped", async () => {
  const suites = [
    suite("here", `report(["a"])`),
    suite("lacking", `report(["never"])`, { needs: async () => ({ missing: "no browser" }) }),
  ];
  expect(await run(suites)).toBe(true);
  expect(lastLine()).toBe("1 passed, 0 failed, 1 skipped");
  expect(await run(suites, true)).toBe(false);
  expect(lastLine()).toBe("1 passed, 1 failed");
});

it("fails when no test was run", async () => {
  expect(await run([])).toBe(false);
  expect(lastLine()).toBe("0 passed, 0 failed");
});

it("runs what must be alone alone", async () => {
  const stamp = `const start = Date.now(); setTimeout(() => report([start + "-" + Date.now()]), 200)`;
  await run([suite("alone", stamp, { alone: true }), suite("first", stamp), suite("second", stamp)]);
  const spanOf = (name: string) => {
    const file = join(import.meta.dirname, `../../.cache/test/self-test-${name}.json`);
    const [span = ""] = (JSON.parse(readFileSync(file, "utf8")) as { passed: string[] }).passed;
    return span.split("-").map(Number) as [number, number];
  };
  const [start] = spanOf("alone");
  expect(start).toBeGreaterThanOrEqual(Math.max(spanOf("first")[1], spanOf("second")[1]));
});
