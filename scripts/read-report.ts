import { existsSync, readFileSync } from "node:fs";

/** Who wrote a suite's report, and in which form. */
export type ReportKind = "vitest" | "playwright" | "unittest" | "check";

export interface Counts {
  readonly passed: number;
  /** A name for each test that failed. */
  readonly failed: readonly string[];
  /** A name for each test that was skipped. */
  readonly skipped: readonly string[];
}

const readers: Readonly<Record<ReportKind, (text: string) => Counts>> = {
  vitest: readVitest,
  playwright: readPlaywright,
  unittest: readUnittest,
  check: readCheck,
};

/**
 * Counts the tests of a report; unittest has none but its output.
 *
 * @returns undefined when there is no report, or none that can be read
 */
export function readReport(kind: ReportKind, file: string): Counts | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return readers[kind](readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

interface VitestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

function readVitest(text: string): Counts {
  const { testResults } = JSON.parse(text) as VitestReport;
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  const named = (wanted: (status: string) => boolean) =>
    tests.filter(({ status }) => wanted(status)).map(({ fullName }) => fullName);
  // a file that could not be loaded has failed without any test
  const broken = testResults.filter(
    ({ status, assertionResults }) => status === "failed" && !assertionResults.some((test) => test.status === "failed"),
  );
  return {
    passed: named((status) => status === "passed").length,
    failed: [...named((status) => status === "failed"), ...broken.map(({ name }) => name)],
    skipped: named((status) => status !== "passed" && status !== "failed"),
  };
}

interface PlaywrightSuite {
  readonly title: string;
  readonly specs?: readonly { readonly title: string; readonly tests: readonly { readonly status: string }[] }[];
  readonly suites?: readonly PlaywrightSuite[];
}

function readPlaywright(text: string): Counts {
  const { suites, errors } = JSON.parse(text) as {
    readonly suites: readonly PlaywrightSuite[];
    readonly errors: readonly { readonly message?: string }[];
  };
  const tests = suites.flatMap((suite) => testsOf(suite));
  const named = (...wanted: readonly string[]) =>
    tests.filter(({ status }) => wanted.includes(status)).map(({ name }) => name);
  return {
    passed: named("expected").length,
    // a test that passed only when tried again is not known to work
    failed: [...named("unexpected", "flaky"), ...errors.map(({ message }) => message?.split("\n")[0] ?? "an error")],
    skipped: named("skipped"),
  };
}

function testsOf({ title, specs = [], suites = [] }: PlaywrightSuite): { name: string; status: string }[] {
  const own = specs.flatMap((spec) => spec.tests.map(({ status }) => ({ name: spec.title, status })));
  const all = [...own, ...suites.flatMap(testsOf)];
  return all.map(({ name, status }) => ({ name: `${title} › ${name}`, status }));
}

/** Reads what `python3 -m unittest -v` printed: `name (where) ... ok`. */
function readUnittest(text: string): Counts {
  const ran = text.match(/^Ran (\d+) tests? in/m)?.[1];
  if (ran === undefined) throw new Error("unittest did not come to its end");
  const named = (pattern: RegExp) => [...text.matchAll(pattern)].map(([, name]) => name ?? "");
  const failed = named(/^(?:FAIL|ERROR): (.+)$/gm);
  const skipped = named(/^(.+?)(?:\n.*)? \.\.\. skipped/gm);
  const count = text.match(/^FAILED \((.*)\)$/m)?.[1] ?? "";
  const lost = [...count.matchAll(/(?:failures|errors)=(\d+)/g)].reduce((sum, [, some]) => sum + Number(some), 0);
  return { passed: Math.max(0, Number(ran) - Math.max(failed.length, lost) - skipped.length), failed, skipped };
}

function readCheck(text: string): Counts {
  const { passed, failed } = JSON.parse(text) as {
    readonly passed: readonly string[];
    readonly failed: readonly string[];
  };
  return { passed: passed.length, failed, skipped: [] };
}
