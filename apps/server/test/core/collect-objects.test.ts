import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe } from "vitest";
import { fileObjectStore } from "#adapters/object-store/files/index.ts";
import { collectionTests } from "./collect-objects.ts";

describe("collecting objects in files", () => {
  const folders: string[] = [];
  afterAll(async () => {
    for (const folder of folders) await rm(folder, { recursive: true, force: true });
  });

  collectionTests(async () => {
    const folder = await mkdtemp(join(tmpdir(), "tributary-objects-"));
    folders.push(folder);
    return fileObjectStore({ folder });
  });
});
