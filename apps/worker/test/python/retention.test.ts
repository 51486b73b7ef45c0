import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tryLock } from "../../src/file-lock.ts";
import { lockOf, sweepEnvironments } from "../../src/python/environment-retention.ts";
import { addUser } from "../../src/python/environment-users.ts";

const MIB = 1 << 20;
const DAY = 24 * 3600 * 1000;
const any = { maxAgeMs: 30 * DAY, maxBytes: Number.POSITIVE_INFINITY };

describe("which environments are kept", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "tributary-environments-"));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  /** One that is ready, of a MiB, used so many days ago. */
  function environment(name: string, days: number): string {
    const folder = join(root, name);
    mkdirSync(join(folder, "build-1"), { recursive: true });
    writeFileSync(join(folder, "build-1", "content"), Buffer.alloc(MIB, 1));
    writeFileSync(join(folder, "ready"), "build-1");
    const at = new Date(Date.now() - days * DAY);
    utimesSync(folder, at, at);
    return folder;
  }

  test("not those that nobody used for long", async () => {
    const [old, young] = [environment("old", 31), environment("young", 29)];
    const bytes = await sweepEnvironments(root, any);
    expect([existsSync(old), existsSync(young)]).toEqual([false, true]);
    expect(bytes).toBeGreaterThanOrEqual(MIB);
    expect(bytes).toBeLessThan(1.2 * MIB);
  });

  test("as many as there is room for, the last used ones", async () => {
    const folders = [3, 1, 2, 0].map((days) => environment(`used-${days}`, days));
    await sweepEnvironments(root, { ...any, maxBytes: 2.5 * MIB });
    expect(folders.map((folder) => existsSync(folder))).toEqual([false, true, false, true]);
    await sweepEnvironments(root, { ...any, maxBytes: 2.5 * MIB });
    expect(folders.map((folder) => existsSync(folder))).toEqual([false, true, false, true]);
  });

  test("any that an attempt uses, until its folder is gone; and any that somebody has under lock", async () => {
    const [used, named, locked] = [environment("used", 90), environment("named", 90), environment("locked", 90)];
    const attempt = join(root, "..", `attempt-of-${process.pid}`);
    mkdirSync(attempt);
    addUser(used, attempt);
    const release = tryLock(lockOf(locked));
    const none = { maxAgeMs: 0, maxBytes: 0 };
    await sweepEnvironments(root, none, new Set([named]));
    expect([used, named, locked].map((folder) => existsSync(folder))).toEqual([true, true, true]);
    rmSync(attempt, { recursive: true });
    release?.();
    await sweepEnvironments(root, none);
    expect([used, named, locked].map((folder) => existsSync(folder))).toEqual([false, false, false]);
  });

  test("no build that was broken off, but one that another worker makes", async () => {
    const folder = environment("one", 0);
    const left = join(folder, "build-2");
    mkdirSync(left);
    const release = tryLock(lockOf(folder));
    await sweepEnvironments(root, any);
    expect(existsSync(left)).toBe(true);
    release?.();
    await sweepEnvironments(root, any);
    expect(existsSync(left)).toBe(false);
    expect(existsSync(join(folder, "build-1"))).toBe(true);
  });
});
