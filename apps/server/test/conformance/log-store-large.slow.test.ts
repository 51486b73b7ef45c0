import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const child = new URL("log-store-large-child.ts", import.meta.url).pathname;

it("a log of 1 GB and a line of 100 MB take little memory, and no other log waits for them", {
  timeout: 300_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), "tributary-logs-"));
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [child, folder, "1000"]);
    const told = JSON.parse(stdout);
    expect(told).toMatchObject({ read: 1_000_000_000, middle: 99, long: [65_536, 100_000_000 - 65_536] });
    expect(told.ends).toMatch(/^(complete|time) (complete|time)$/);
    expect(told.ticks).toBeGreaterThan(100);
    // The heap of a searching thread, and what is being written and read at the time.
    expect(told.grownMegabytes).toBeLessThan(300);
    // Milliseconds; a machine that is busy with other tests is given some.
    expect(told.lagP99).toBeLessThan(250);
  } finally {
    await rm(folder, { recursive: true });
  }
});
