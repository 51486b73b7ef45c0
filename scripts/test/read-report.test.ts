import { join } from "node:path";
import { expect, it } from "vitest";
import { type ReportKind, readReport } from "../read-report.ts";
import { temporaryFolder, writeFiles } from "./temporary-folder.ts";

function read(kind: ReportKind, content: unknown) {
  const folder = temporaryFolder();
  writeFiles(folder, { report: typeof content === "string" ? content : JSON.stringify(content) });
  return readReport(kind, join(folder, "report"));
}

it("is undefined without a report that can be read", () => {
  expect(readReport("vitest", "/nowhere/report.json")).toBeUndefined();
  expect(read("vitest", '{"testRes')).toBeUndefined();
  expect(read("unittest", "Traceback (most recent call last):\nImportError")).toBeUndefined();
});

it("counts vitest's tests, and a file that could not be loaded as one that failed", () => {
  const test = (fullName: string, status: string) => ({ fullName, status });
  const testResults = [
    {
      name: "/x/a.test.ts",
      status: "failed",
      assertionResults: [test("a", "passed"), test("b", "failed"), test("c", "pending"), test("d", "todo")],
    },
    { name: "/x/b.test.ts", status: "failed", assertionResults: [] },
    { name: "/x/c.test.ts", status: "passed", assertionResults: [test("e", "passed"), test("f", "skipped")] },
  ];
  expect(read("vitest", { testResults })).toEqual({
    passed: 2,
    failed: ["b", "/x/b.test.ts"],
    skipped: ["c", "d", "f"],
  });
});

it("counts Playwright's tests, and one that was flaky as one that failed", () => {
  const spec = (title: string, status: string) => ({ title, tests: [{ status }] });
  const suites = [
    {
      title: "runs.spec.ts",
      specs: [spec("starts", "expected"), spec("ends", "unexpected")],
      suites: [
        { title: "logs", specs: [spec("follow", "flaky"), spec("search", "skipped"), spec("copy", "expected")] },
      ],
    },
  ];
  expect(read("playwright", { suites, errors: [] })).toEqual({
    passed: 2,
    failed: ["runs.spec.ts › ends", "runs.spec.ts › logs › follow"],
    skipped: ["runs.spec.ts › logs › search"],
  });
  expect(read("playwright", { suites: [], errors: [{ message: "no server\nat x" }] })?.failed).toEqual(["no server"]);
});

const unittest = `
test_one (tests.T.test_one) ... ok
test_two (tests.T.test_two)
Says what it does. ... skipped 'needs scikit-learn'
test_three (tests.T.test_three) ... FAIL
test_four (tests.T.test_four) ... ERROR

======================================================================
ERROR: test_four (tests.T.test_four)
----------------------------------------------------------------------
Traceback (most recent call last):
======================================================================
FAIL: test_three (tests.T.test_three)
----------------------------------------------------------------------
Ran 4 tests in 0.001s

FAILED (failures=1, errors=1, skipped=1)
`;

it("counts unittest's tests from what it printed", () => {
  expect(read("unittest", unittest)).toEqual({
    passed: 1,
    failed: ["test_four (tests.T.test_four)", "test_three (tests.T.test_three)"],
    skipped: ["test_two (tests.T.test_two)"],
  });
  expect(read("unittest", "test_one (T.test_one) ... ok\n\nRan 1 test in 0.001s\n\nOK\n")?.passed).toBe(1);
  expect(read("unittest", "\nRan 0 tests in 0.000s\n\nNO TESTS RAN\n")).toEqual({ passed: 0, failed: [], skipped: [] });
});

it("counts checks", () => {
  expect(read("check", { passed: ["types"], failed: ["lint"] })).toEqual({ passed: 1, failed: ["lint"], skipped: [] });
});
