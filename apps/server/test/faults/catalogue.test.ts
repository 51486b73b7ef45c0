import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const docs = fileURLToPath(new URL("../../../../docs/", import.meta.url));
const own = fileURLToPath(new URL("./", import.meta.url));

test("the catalogue of faults names tests that exist, and every test of faults", () => {
  const named = [...readFileSync(join(docs, "faults.md"), "utf8").matchAll(/\]\((\.\.\/[^)]+)\)/g)].map((match) =>
    join(docs, match[1] ?? ""),
  );
  expect(named.length).toBeGreaterThan(15);
  expect(named.filter((file) => !existsSync(file))).toEqual([]);
  const here = globSync("*.test.ts", { cwd: own }).filter((file) => file !== "catalogue.test.ts");
  expect(here.filter((file) => !named.includes(join(own, file)))).toEqual([]);
});
