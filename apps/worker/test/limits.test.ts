import { LogStream } from "@tributary/proto/tributary/v1/logs_pb";
import { AttemptOutcome } from "@tributary/proto/tributary/v1/tasks_pb";
import { LimitMeans } from "@tributary/proto/tributary/v1/workers_pb";
import { describe, expect, test } from "vitest";
import { textOf } from "./fixture-server.ts";
import { whyNoGroups } from "./launcher/kernel-limits.ts";
import { useScene } from "./use-scene.ts";

const scene = useScene();
const MIB = 1n << 20n;
const lacking = whyNoGroups("memory") ?? whyNoGroups("pids");
if (lacking) console.warn(`skipped: runs that the kernel limits, as ${lacking}`);

/** Takes so many MiB until `go` is there, or for ever. */
function eat(mib: number) {
  const script = `import time\nkept = b"x" * (${mib} << 20)\nprint(len(kept), flush=True)\ntime.sleep(60)`;
  return { command: { case: "argv" as const, value: { arguments: ["python3", "-c", script] } } };
}

async function start(args: readonly string[] = []) {
  const { server } = scene();
  await server.start();
  scene().worker(args);
  return server;
}

describe.runIf(!lacking)("limits that the kernel keeps", () => {
  test("are told when the worker registers", async () => {
    const server = await start(["--processes", "77"]);
    const registered = await server.until("a registration", () => server.registrations[0]);
    const { KERNEL } = LimitMeans;
    expect(registered.limits).toMatchObject({
      memory: KERNEL,
      processes: KERNEL,
      explanation: "",
      defaultProcesses: 77,
    });
  });

  test("a run that needs more memory than it asked for ends with the reason", async () => {
    const server = await start();
    const known = server.assign({ ...eat(300), memoryBytes: 64n * MIB });
    const end = await server.ended(known);
    expect(end).toMatchObject({ outcome: AttemptOutcome.FAILED, signal: "SIGKILL", reason: { code: "out-of-memory" } });
    expect(end.system).toBe(false);
    expect(end.reason?.message).toMatch(
      /^The run needed more than the 64 MiB of memory that it asked for \(peak \d\d MiB\), so it was ended\.$/,
    );
    expect(textOf(known, LogStream.WORKER)).toContain("as it needed more than 64 MiB of memory");
  });

  test("a success is one, although a process on the way met the limit", async () => {
    const server = await start();
    const script = "python3 -c 'b\"x\" * (300 << 20)'; exit 0";
    const known = server.assign({ command: { case: "shell", value: script }, memoryBytes: 64n * MIB });
    expect(await server.ended(known)).toMatchObject({ outcome: AttemptOutcome.SUCCEEDED, exitCode: 0 });
    expect(textOf(known, LogStream.WORKER)).toContain("needed more than 64 MiB of memory");
  });

  test("a run may not have more processes than the worker allows, or than it asks for", async () => {
    const server = await start(["--processes", "20"]);
    const many = {
      command: {
        case: "shell" as const,
        value: "for i in $(seq 40); do sleep 5 & done; jobs | wc -l; kill $(jobs -p)",
      },
    };
    const known = server.assign(many);
    await server.ended(known);
    expect(textOf(known, LogStream.WORKER)).toContain("it came to its limit of 20 processes");
    const wider = server.assign({ ...many, processLimit: 100 });
    expect(await server.ended(wider)).toMatchObject({ exitCode: 0 });
    expect(textOf(wider, LogStream.STDOUT)).toBe("40\n");
  });
});
