import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { type Product, refresh } from "../refresh.ts";
import { temporaryFolder, writeFiles } from "./temporary-folder.ts";

/** A product that is a copy of its inputs' count of builds. */
function plan(): { root: string; product: Product; builds: () => number; made: () => string } {
  const root = temporaryFolder();
  writeFiles(root, { "src/a.txt": "a", "src/deep/b.txt": "b", "src/a.test.txt": "t" });
  let builds = 0;
  const product: Product = {
    output: "out/made",
    inputs: ["src/**/*.txt"],
    notInputs: ["src/**/*.test.txt"],
    async build(folder) {
      builds += 1;
      writeFiles(folder, { "dist/made.txt": `build ${builds}` });
      return join(folder, "dist");
    },
  };
  return { root, product, builds: () => builds, made: () => readFileSync(join(root, "out/made/made.txt"), "utf8") };
}

it("makes a product once, and again when an input has changed, come or gone", async () => {
  const { root, product, made } = plan();
  expect(await refresh(root, product)).toBe(true);
  expect(await refresh(root, product)).toBe(false);
  writeFileSync(join(root, "src/deep/b.txt"), "changed");
  expect(await refresh(root, product)).toBe(true);
  writeFiles(root, { "src/new.txt": "" });
  expect(await refresh(root, product)).toBe(true);
  rmSync(join(root, "src/new.txt"));
  expect(await refresh(root, product)).toBe(true);
  writeFileSync(join(root, "src/a.test.txt"), "changed");
  expect(await refresh(root, product)).toBe(false);
  expect(made()).toBe("build 4");
});

it("makes a product again that is gone", async () => {
  const { root, product } = plan();
  await refresh(root, product);
  rmSync(join(root, "out"), { recursive: true });
  expect(await refresh(root, product)).toBe(true);
});

it("leaves the last product in place when a build fails, and nothing else behind", async () => {
  const { root, product, made } = plan();
  await refresh(root, product);
  writeFileSync(join(root, "src/a.txt"), "changed");
  const failing: Product = { ...product, build: () => Promise.reject(new Error("no")) };
  await expect(refresh(root, failing)).rejects.toThrow("no");
  expect(made()).toBe("build 1");
  expect(readdirSync(join(root, ".cache"))).toEqual(["products.lock"]);
  expect(await refresh(root, product)).toBe(true);
});

it("makes a product once for many that want it at the same time", async () => {
  const { root, product, builds } = plan();
  const made = await Promise.all([1, 2, 3].map(() => refresh(root, product)));
  expect(made.filter(Boolean)).toHaveLength(1);
  expect(builds()).toBe(1);
  expect(existsSync(join(root, "out/made/made.txt"))).toBe(true);
});
