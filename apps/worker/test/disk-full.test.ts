import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AttemptOutcome } from "@tributary/proto/tributary/v1/tasks_pb";
import { expect, test } from "vitest";
import { textOf } from "./fixture-server.ts";
import { Scene } from "./fixture-worker.ts";
import { tarOf } from "./tar-of.ts";
import { mountTmpfs } from "./tmpfs.ts";

const MIB = 1 << 20;
const shell = (value: string) => ({ command: { case: "shell" as const, value } });

/** Writes until there is no room left. */
function fill(path: string): void {
  for (let size = MIB; size >= 1; size = Math.floor(size / 4)) {
    try {
      for (;;) writeFileSync(path, Buffer.alloc(size, 1), { flag: "a" });
    } catch {
      // No room for so much; maybe for less.
    }
  }
}

test("a worker whose disk is full ends what it cannot prepare with the reason, goes on with what runs, and heals", async () => {
  const scene = new Scene();
  const disk = mountTmpfs(scene.folder, 6);
  try {
    if (!disk) return;
    const { server } = scene;
    await server.start();
    const stop = join(scene.root, "stop");
    scene.worker();
    const running = server.assign(shell(`until [ -e ${stop} ]; do echo tick; sleep 0.05; done; echo done`));
    await server.until("output", () => textOf(running).length > 20);
    const ballast = join(scene.folder, "ballast");
    fill(ballast);
    server.inputs.set("2-1", await tarOf([{ name: "large", content: "x".repeat(3 * MIB) }]));
    const refused = server.assign({ ...shell("true"), hasInputs: true });
    const end = await server.ended(refused);
    expect(end).toMatchObject({ outcome: AttemptOutcome.FAILED, system: true, reason: { code: "disk-full" } });
    expect(end.reason?.message).toMatch(/^The disk of the worker is full, so the /);
    const before = textOf(running).length;
    await server.until("more output", () => textOf(running).length > before + 50);
    rmSync(ballast);
    expect(await server.ended(server.assign(shell("true")))).toMatchObject({ outcome: AttemptOutcome.SUCCEEDED });
    writeFileSync(stop, "");
    expect(await server.ended(running)).toMatchObject({ outcome: AttemptOutcome.SUCCEEDED });
    expect(textOf(running)).toMatch(/^(tick\n)+done\n$/);
    expect(server.faults).toEqual([]);
  } finally {
    disk?.unmount();
    await scene.close();
  }
}, 60_000);
