import { RefusedError } from "#core/errors.ts";

type Test = (version: readonly number[]) => boolean;

const holds: Readonly<Record<string, (order: number) => boolean>> = {
  "==": (order) => order === 0,
  "!=": (order) => order !== 0,
  ">=": (order) => order >= 0,
  "<=": (order) => order <= 0,
  ">": (order) => order > 0,
  "<": (order) => order < 0,
};

/**
 * The newest of the versions at hand that satisfies all requirements; undefined when none does.
 *
 * @param requirements - each a version whose leading numbers must be equal (`3`, `3.11`, `3.11.4`), or comparisons that
 * are separated by commas (`>=3.9,<3.13`)
 * @param versions - `3.11.7`
 * @throws RefusedError `invalid` for a requirement that is neither
 */
export function matchPython(requirements: readonly string[], versions: readonly string[]): string | undefined {
  const tests = requirements.flatMap(toTests);
  return [...versions]
    .sort((a, b) => compare(numbersOf(b), numbersOf(a)))
    .find((version) => tests.every((test) => test(numbersOf(version))));
}

function toTests(requirement: string): readonly Test[] {
  const clauses = requirement.split(",").map((clause) => clause.trim());
  if (clauses.length === 1 && isVersion(clauses[0] ?? "")) return [startsWith(numbersOf(clauses[0] ?? ""))];
  return clauses.map((clause) => {
    const [, operator = "", version = ""] = /^(==|!=|>=|<=|>|<)\s*(.*)$/.exec(clause) ?? [];
    const test = holds[operator];
    if (!test || !isVersion(version)) {
      throw new RefusedError(
        "invalid",
        `requirements.python_version: "${requirement.slice(0, 100)}" is not a version; write 3, 3.11, 3.11.4 or >=3.9,<3.13`,
        "requirements.python_version",
      );
    }
    const wanted = numbersOf(version);
    return (found) => test(compare(found, wanted));
  });
}

function isVersion(text: string): boolean {
  return /^\d{1,4}(\.\d{1,4}){0,2}$/.test(text);
}

function numbersOf(version: string): readonly number[] {
  return version.split(".").map(Number);
}

function startsWith(wanted: readonly number[]): Test {
  return (found) => wanted.every((part, index) => found[index] === part);
}

/** A part that is not there counts as 0. */
function compare(a: readonly number[], b: readonly number[]): number {
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
