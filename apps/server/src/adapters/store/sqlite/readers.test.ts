import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Durability } from "./durability.ts";
import { Readers } from "./readers.ts";

test("a thread that ends by itself refuses what it was asked, keeps nobody waiting, and is replaced", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tributary-readers-"));
  const durability = new Durability(
    0,
    0,
    () => {},
    () => {},
  );
  // There is no such database, so every thread dies at its start.
  const readers = new Readers({ file: join(folder, "none.db"), cacheMegabytes: 1 }, 2, durability);
  // They are refused in any order, so all are waited for at once.
  const refused = [1, 2, 3, 4, 5].map(() =>
    expect(readers.view.listSources()).rejects.toThrow("a reading thread ended"),
  );
  await Promise.all(refused);
  await expect(readers.view.listSecrets()).rejects.toThrow("a reading thread ended");
  await readers.close();
  await expect(readers.view.listSecrets()).rejects.toThrow("closed");
  rmSync(folder, { recursive: true });
});
