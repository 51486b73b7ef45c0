import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AttemptOutcome } from "@tributary/proto/tributary/v1/tasks_pb";
import { describe, expect, test } from "vitest";
import { Gpus } from "../src/machine/gpus.ts";
import { textOf } from "./fixture-server.ts";
import { useScene } from "./use-scene.ts";

const scene = useScene();
const shell = (value: string, gpus: number) => ({ command: { case: "shell" as const, value }, gpus });

/** A PATH on which an `nvidia-smi` knows two devices. */
function withTwoGpus(): NodeJS.ProcessEnv {
  const folder = join(scene().root, "bin");
  mkdirSync(folder);
  const devices = ["GPU-a, Tesla T4, 15360, 1024, 37", "GPU-b, Tesla T4, 15360, 0, [N/A]"];
  writeFileSync(
    join(folder, "nvidia-smi"),
    `#!/bin/sh\nprintf '%s\\n' ${devices.map((one) => `'${one}'`).join(" ")}\n`,
  );
  chmodSync(join(folder, "nvidia-smi"), 0o755);
  return { PATH: `${folder}:${process.env.PATH}` };
}

const visible = "echo [$CUDA_VISIBLE_DEVICES]";

describe("a machine with GPUs", () => {
  test("offers them, tells how busy they are, and gives none to two at a time", { timeout: 60_000 }, async () => {
    const { server } = scene();
    server.leaseMs = 3_000;
    scene().worker([], withTwoGpus());
    await server.until("a registration", () => server.registrations.length > 0);
    expect(server.registrations[0]?.offers).toMatchObject({ "nvidia.com/gpu": 2n });
    const [first, second, none] = [
      server.assign({
        ...shell(`${visible}; sleep 1`, 1),
        variables: [{ name: "CUDA_VISIBLE_DEVICES", value: "all" }],
      }),
      server.assign(shell(`${visible}; sleep 1`, 1)),
      server.assign(shell(visible, 0)),
    ];
    for (const known of [first, second, none]) await server.ended(known);
    expect([textOf(first), textOf(second)].sort()).toEqual(["[GPU-a]\n", "[GPU-b]\n"]);
    expect(textOf(none)).toBe("[]\n");
    const both = server.assign(shell(visible, 2));
    await server.ended(both);
    expect(textOf(both)).toBe("[GPU-a,GPU-b]\n");
    const load = await server.until("word of the load", () => server.loads.at(-1));
    expect(load.memoryBytes).toBeGreaterThan(0n);
    expect(load.gpus).toMatchObject([
      { name: "Tesla T4", memoryBytes: 15_360n * 2n ** 20n, memoryBytesUsed: 2n ** 30n, percentUsed: 37 },
      { memoryBytesUsed: 0n, percentUsed: 0 },
    ]);
  });

  test("still has those in use that an earlier worker process gave out", { timeout: 60_000 }, async () => {
    const { server } = scene();
    const environment = withTwoGpus();
    const worker = scene().worker([], environment);
    const known = server.assign(shell(`${visible}; sleep 6`, 1));
    await server.until("output", () => textOf(known) !== "");
    await worker.kill("SIGKILL");
    scene().worker([], environment);
    const other = server.assign(shell(visible, 1));
    const tooMany = server.assign(shell(visible, 2));
    await server.ended(other);
    expect([textOf(known), textOf(other)]).toEqual(["[GPU-a]\n", "[GPU-b]\n"]);
    expect(await server.ended(tooMany)).toMatchObject({ outcome: AttemptOutcome.FAILED, system: true });
    expect(await server.ended(known)).toMatchObject({ outcome: AttemptOutcome.SUCCEEDED });
  });
});

test("a machine without GPUs sets nothing", () => {
  const none = new Gpus([]);
  expect(none.variables(none.take(1))).toEqual({});
});
