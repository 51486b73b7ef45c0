import { existsSync, globSync } from "node:fs";
import { join } from "node:path";
import { cruise, type IConfiguration, type ICruiseResult } from "dependency-cruiser";
import { root } from "./root.ts";

const folders = ["apps", "e2e", "scripts"];

/** The rules themselves, with a comment each. */
export async function importRules(): Promise<IConfiguration> {
  const { default: rules } = (await import(join(root, ".dependency-cruiser.mjs"))) as { default: IConfiguration };
  return rules;
}

/** An import that breaks a rule, or a source that was not read. */
export interface Violation {
  /** The rule's name. */
  readonly rule: string;
  readonly from: string;
  /** What is imported; for a cycle, the whole way round. */
  readonly to: string;
  readonly comment: string;
}

/**
 * Holds the sources below `folder` to the import rules.
 *
 * A source that the tool did not read is a violation too: without a compiler that it can use, it reads nothing and finds
 * nothing.
 */
export async function violationsOf(folder: string): Promise<Violation[]> {
  const { options, forbidden = [] } = await importRules();
  const { output } = await cruise(
    folders.filter((path) => existsSync(join(folder, path))),
    { ...options, ruleSet: { forbidden }, validate: true, baseDir: folder },
  );
  const { modules, summary } = output as ICruiseResult;
  const read = new Set(modules.map(({ source }) => source));
  const sources = globSync(["apps/*/{src,test}/**/*.{ts,tsx}", "{e2e,scripts}/*.ts"], { cwd: folder });
  const unread = summary.totalDependenciesCruised ? sources.filter((path) => !read.has(path)) : sources;
  const comments = new Map(forbidden.map(({ name, comment }) => [name, comment]));
  return [
    ...unread.map((from) => ({ rule: "read", from, to: "", comment: "dependency-cruiser did not read it." })),
    ...summary.violations.map(({ rule, from, to, cycle }) => ({
      rule: rule.name,
      from,
      to: cycle ? cycle.map(({ name }) => name).join(" → ") : to,
      comment: comments.get(rule.name) ?? "",
    })),
  ];
}

if (import.meta.main) {
  const violations = await violationsOf(root);
  for (const { rule, from, to, comment } of violations) console.log(`${rule}: ${from} → ${to}\n    ${comment}`);
  process.exitCode = violations.length > 0 ? 1 : 0;
}
