import { mkdirSync } from "node:fs";
import { durationMs } from "@bufbuild/protobuf/wkt";
import { AttemptOutcome } from "@tributary/proto/tributary/v1/tasks_pb";
import { describe, expect, test } from "vitest";
import { attemptKey } from "../../src/attempt-key.ts";
import { openLauncher } from "../../src/launcher/launcher.ts";
import { readScope } from "../../src/launcher/scope.ts";
import { launcherSocket } from "../../src/launcher-socket.ts";
import { UsageReader } from "../../src/usage/read-usage.ts";
import { textOf } from "../fixture-server.ts";
import { whyNoGroups } from "../launcher/kernel-limits.ts";
import { kinds, linux, Rig, until } from "../launcher/rig.ts";
import { useScene } from "../use-scene.ts";

const MIB = 1 << 20;
/** Keeps so many MiB and a processor busy. */
const busy = (mib: number) => `kept = b"x" * (${mib} << 20)\nprint(len(kept), flush=True)\nwhile True: pass`;
const lacking = whyNoGroups("memory") ?? whyNoGroups("pids");

describe.runIf(linux).each(kinds)("reading what attempts of the %s launcher take", (kind) => {
  test("finds their processes wherever they went, and nobody else's", async () => {
    const rig = await Rig.open(kind);
    const reader = new UsageReader(await readScope(rig.folder));
    const limits = { memoryBytes: 500 * MIB, pids: 50 };
    const hidden = `env -i /usr/bin/env python3 -c '${busy(30)}' & `;
    const away = `setsid python3 -c '${busy(40)}' & `;
    const asks = [
      rig.attempt(`${hidden}${away}wait`),
      rig.attempt(`${hidden}${away}wait`, { limits }),
      rig.attempt("exec sleep 100"),
    ];
    for (const ask of asks) await rig.launcher.start(ask);
    const { live } = await rig.launcher.hello();
    const both = live.filter(({ id }) => id !== asks[2]?.id);
    await until(async () => {
      const found = await reader.read(live);
      return both.every(({ id }) => (found.get(id)?.memory ?? 0) > 70 * MIB && (found.get(id)?.cpuMs ?? 0) > 100);
    }, "both are seen with all their processes");
    const found = await reader.read(live);
    for (const { id } of both) expect(found.get(id)).toMatchObject({ processes: 3, tasks: 3 });
    expect(found.get(asks[2]?.id ?? "")).toMatchObject({ processes: 1 });
    expect(found.get(asks[2]?.id ?? "")?.memory).toBeLessThan(20 * MIB);
    for (const { id } of asks) await rig.launcher.signal(id, "KILL");
    for (const { id } of asks) await rig.end(id);
    expect((await reader.read(live)).size).toBe(0);
    await rig.close();
  });
});

const scene = useScene();

describe.runIf(linux)("what a run takes", () => {
  async function start(args: readonly string[] = []) {
    const { server } = scene();
    await server.start();
    return { server, worker: scene().worker(args) };
  }
  const python = (script: string) => ({
    command: { case: "argv" as const, value: { arguments: ["python3", "-c", script] } },
  });

  test("is told by heartbeats while it runs, and in all with its end", async () => {
    const { server } = await start();
    server.takesUsage = false;
    const known = server.assign(python(busy(60)));
    await server.until("a heartbeat that is not taken", () => server.heartbeats > 2);
    server.takesUsage = true;
    const told = await server.until("a point with memory", () =>
      server.usage.find(({ points }) => points.some(({ memoryBytes }) => memoryBytes > 60 * MIB)),
    );
    expect(attemptKey(told.attempt)).toBe(attemptKey(known.assignment.attempt));
    await server.until("two points", () => server.usage.flatMap(({ points }) => points).length > 1);
    server.cancel(known);
    const end = await server.ended(known);
    expect(end.usage?.peakMemoryBytes).toBeGreaterThan(60 * MIB);
    expect(durationMs(end.usage!.cpuTime!)).toBeGreaterThan(500);
    const points = [...server.usage.flatMap((usage) => usage.points), ...end.usagePoints];
    const times = points.map(({ time }) => Number(time?.seconds) * 1e9 + (time?.nanos ?? 0));
    expect(new Set(times).size).toBe(times.length);
    const cpu = points.reduce((sum, { cpuTime }) => sum + durationMs(cpuTime!), 0);
    const wall = points.reduce((sum, { span }) => sum + durationMs(span!), 0);
    expect(cpu).toBeGreaterThan(0.1 * wall);
    expect(cpu).toBeLessThan(1.2 * wall);
  });

  test("goes on being told by the next worker, without its past as one point", async () => {
    const { server, worker } = await start();
    const known = server.assign(python(busy(30)));
    await server.until("a point", () => server.usage.length > 0);
    await worker.kill("SIGKILL");
    const before = server.usage.length;
    scene().worker();
    const next = await server.until("a point of the next worker", () => server.usage[before]);
    for (const { cpuTime, span } of next.points) expect(durationMs(cpuTime!)).toBeLessThan(2 * durationMs(span!) + 50);
    server.cancel(known);
    expect((await server.ended(known)).usage?.peakMemoryBytes).toBeGreaterThan(30 * MIB);
  });

  test("a short one has the system's count and no points", async () => {
    const { server } = await start();
    const known = server.assign({ command: { case: "shell", value: "echo short" } });
    const end = await server.ended(known);
    expect(end.usage?.cpuTime).toBeDefined();
    expect(end.usagePoints).toEqual([]);
    expect(textOf(known)).toBe("short\n");
  });
});

describe.runIf(linux)("limits without control groups", () => {
  /** The Node launcher uses none. It is there before the worker, which takes the one that it finds. */
  async function startWithout() {
    const { server, folder } = scene();
    const own = `${folder}/launcher`;
    mkdirSync(own, { recursive: true, mode: 0o700 });
    const quiet = { info: () => undefined, warn: () => undefined };
    const launcher = await openLauncher({ folder: own, socketPath: launcherSocket(own), python: false, log: quiet });
    launcher.close();
    await server.start();
    return { server, worker: scene().worker() };
  }

  test("are said not to be the kernel's, once, and kept by looking", async () => {
    const { server, worker } = await startWithout();
    const registered = await server.until("a registration", () => server.registrations[0]);
    expect(registered.limits).toMatchObject({ explanation: expect.stringContaining("uses no control groups") });
    expect(worker.said().match(/does not keep all limits/g)).toHaveLength(1);
    const command = { case: "argv" as const, value: { arguments: ["python3", "-c", busy(200)] } };
    const known = server.assign({ command, memoryBytes: BigInt(64 * MIB) });
    const end = await server.ended(known);
    expect(end).toMatchObject({ outcome: AttemptOutcome.FAILED, signal: "SIGKILL", reason: { code: "out-of-memory" } });
    expect(end.reason?.message).toMatch(/more than the 64 MiB of memory that it asked for \(peak \d{2,3} MiB\)/);
    const many = server.assign({
      command: { case: "shell", value: "for i in $(seq 30); do sleep 60 & done; wait" },
      processLimit: 10,
    });
    expect(await server.ended(many)).toMatchObject({ reason: { code: "too-many-processes" } });
  });
});

test.runIf(!lacking)("a machine with control groups is measured by them", async () => {
  const rig = await Rig.open("python");
  const reader = new UsageReader("another scope");
  await rig.launcher.start(rig.attempt("exec sleep 100", { limits: { memoryBytes: 100 * MIB, pids: 9 } }));
  const { live } = await rig.launcher.hello();
  const memory = async () => (await reader.read(live)).get(live[0]?.id ?? "")?.memory ?? Number.POSITIVE_INFINITY;
  await until(async () => (await memory()) < 4 * MIB, "its memory is read, without the files that it maps");
  await rig.close();
});
