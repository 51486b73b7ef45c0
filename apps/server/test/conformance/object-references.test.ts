import { expect, test } from "vitest";
import { objectReferences } from "#adapters/store/kysely/object-references.ts";
import { tables } from "#adapters/store/kysely/tables.ts";

test("every column that may hold an object's hash keeps the object", () => {
  const columns = Object.entries(tables).flatMap(([table, roles]) =>
    Object.keys(roles)
      .filter((column) => /hash|object/.test(column))
      .map((column) => `${table}.${column}`),
  );
  // Commits of git and tokens are no objects of ours, and the list of objects refers to nothing.
  const others = ["tasks.commit_hash", "tokens.hash", "objects.hash"];
  const known = objectReferences.map(({ table, column }) => `${table}.${column}`);
  expect(columns.filter((column) => !others.includes(column)).sort()).toEqual(known.sort());
});
