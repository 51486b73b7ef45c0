import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

const testFiles = [
  "apps/server/{src,test}/**/*.test.ts",
  "apps/{worker,cli}/{src,test}/**/*.test.ts",
  "apps/web/src/**/*.test.{ts,tsx}",
  "e2e/**/*.spec.ts",
  "clients/**/test_*.py",
];

/**
 * Finds the tests that show an RPC. A test says so itself, by the full name of the RPC with dots in a title:
 * `describe("ame.v1.AmeService.RunTask", …)`. It may not say so unless it calls the RPC and checks the answer.
 *
 * @returns for a full name, the paths of the test files from the root, sorted
 */
export function shownBy(root: string): (fullName: string) => string[] {
  const titles = globSync(testFiles, { cwd: root, exclude: (path) => path.includes("node_modules") })
    .sort()
    .map((path) => ({ path, quoted: quotedIn(readFileSync(join(root, path), "utf8")) }));
  return (fullName) => {
    const named = new RegExp(`(?<![\\w.])${RegExp.escape(fullName)}(?!\\w)`);
    return titles.filter(({ quoted }) => named.test(quoted)).map(({ path }) => path);
  };
}

/** All that is in quotes and could be a title: it stays on one line. */
function quotedIn(text: string): string {
  return (text.match(/(["'`]).*?\1/g) ?? []).join("\n");
}
