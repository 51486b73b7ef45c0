import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AttemptOutcome } from "@tributary/proto/tributary/v1/tasks_pb";
import { describe, expect, test } from "vitest";
import { containerArguments } from "../src/containers/container-arguments.ts";
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

/** Stands in for a container engine: keeps how it was called to make one, and fails when it is told to. */
function withEngine(
  kind: "podman" | "docker",
  env: NodeJS.ProcessEnv,
): { called(): string[]; refuse(why: string): void } {
  const folder = join(scene().root, "bin");
  const [created, refused, there] = ["created", "refused", "there"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(
    join(folder, kind),
    `#!/bin/sh
case "$1" in
version | info) echo 27.0.1 ;;
image) echo sha256:${"a".repeat(64)} ;;
create)
  cat > /dev/null
  printf '%s\\n' "$@" > ${created}
  if [ -e ${refused} ]; then cat ${refused} >&2; exit 125; fi
  touch ${there} ;;
start) echo it runs ;;
inspect)
  [ -e ${there} ] || exit 1
  echo "tributary-state|exited|2026-01-01T00:00:00Z|0|false|sha256:a|" ;;
rm) rm -f ${there} ;;
esac
`,
  );
  chmodSync(join(folder, kind), 0o755);
  scene().worker(["--containers", kind], env);
  return {
    called: () => readFileSync(created, "utf8").trim().split("\n"),
    refuse: (why) => writeFileSync(refused, why),
  };
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

describe("containers on a machine with GPUs", () => {
  const inImage = (gpus: number) => ({ image: "localhost/tiny:1", ...shell("true", gpus) });
  const valuesOf = (args: readonly string[], option: string) =>
    args.flatMap((arg, place) => (arg === option ? [args[place + 1]] : []));

  test.each([
    ["docker", "--gpus", ['"device=GPU-a,GPU-b"']],
    ["podman", "--device", ["nvidia.com/gpu=GPU-a", "nvidia.com/gpu=GPU-b"]],
  ] as const)("%s is told which of them the container gets", { timeout: 60_000 }, async (kind, option, both) => {
    const engine = withEngine(kind, withTwoGpus());
    const { server } = scene();
    const known = server.assign(inImage(2));
    expect(await server.ended(known)).toMatchObject({ outcome: AttemptOutcome.SUCCEEDED });
    expect(valuesOf(engine.called(), option)).toEqual(both);
    const none = server.assign(inImage(0));
    await server.ended(none);
    expect(valuesOf(engine.called(), option)).toEqual([]);
  });

  test.each([
    [
      "docker",
      'Error response from daemon: could not select device driver "" with capabilities: [[gpu]]',
      "runtime=docker",
    ],
    [
      "podman",
      "Error: setting up CDI devices: unresolvable CDI devices nvidia.com/gpu=GPU-a",
      "nvidia-ctk cdi generate",
    ],
    ["podman", "Error: stat nvidia.com/gpu=GPU-a: no such file or directory", "nvidia-ctk cdi generate"],
  ] as const)("%s that cannot give them: %s", { timeout: 60_000 }, async (kind, why, hint) => {
    const engine = withEngine(kind, withTwoGpus());
    engine.refuse(why);
    const { server } = scene();
    const end = await server.ended(server.assign(inImage(1)));
    expect(end).toMatchObject({ outcome: AttemptOutcome.FAILED, system: true, reason: { code: "no-gpu" } });
    expect(end.reason?.message).toContain(why.replace("Error: ", ""));
    expect(end.reason?.hint).toContain(hint);
    // What has nothing to do with GPUs is told as before.
    engine.refuse("Error: invalid reference format");
    const other = await server.ended(server.assign(inImage(1)));
    expect(other.reason?.code).toBe("exec-failed");
  });

  test("options that give them to all containers are not interfered with", () => {
    const engine = { kind: "docker", hasInit: false, containerOptions: ["--gpus", "all"] } as const;
    const wish = { name: "n", labels: {}, image: "i", argv: [], work: "/w", variables: {}, limits: {}, cpuMillis: 0 };
    const whole = { program: "/bin/docker", version: "1", engineOptions: [], env: {}, ...engine };
    expect(valuesOf(containerArguments(whole, { ...wish, gpus: ["GPU-a"] }), "--gpus")).toEqual(["all"]);
  });
});

test("a machine without GPUs sets nothing", () => {
  const none = new Gpus([]);
  expect(none.variables(none.take(1))).toEqual({});
});
