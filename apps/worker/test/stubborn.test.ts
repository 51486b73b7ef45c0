import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { LogStream } from "@tributary/proto/tributary/v1/logs_pb";
import { AttemptOutcome } from "@tributary/proto/tributary/v1/tasks_pb";
import { describe, expect, test } from "vitest";
import { textOf } from "./fixture-server.ts";
import { whyNoGroups } from "./launcher/kernel-limits.ts";
import { useScene } from "./use-scene.ts";

const scene = useScene();
const linux = process.platform === "linux";

/** A script whose processes, however far they go, have a mark among their arguments. */
function marked(script: string) {
  const mark = `mark-${scene().root.slice(-6)}`;
  return {
    command: { case: "argv" as const, value: { arguments: ["bash", "-c", script.replaceAll("MARK", mark), mark] } },
  };
}

/** The command lines of living processes with the mark of this test; dead ones have none. */
function left(): string[] {
  const mark = `mark-${scene().root.slice(-6)}`;
  return readdirSync("/proc").flatMap((name) => {
    try {
      const line = /^\d+$/.test(name) ? readFileSync(join("/proc", name, "cmdline"), "latin1") : "";
      return line.includes(mark) ? [line] : [];
    } catch {
      return [];
    }
  });
}

async function start() {
  const { server } = scene();
  scene().worker();
  return server;
}

describe.runIf(linux)("nothing is left of a run", () => {
  test("that ignores SIGTERM with all its children, when it is cancelled: within the grace time", async () => {
    const server = await start();
    const stubborn = "trap '' TERM; echo up; while :; do sleep 0.05; done";
    const known = server.assign(marked(`bash -c "${stubborn}" MARK & ${stubborn}`));
    await server.until("both", () => textOf(known).length >= 6);
    expect(left().length).toBeGreaterThanOrEqual(2);
    const began = performance.now();
    server.cancel(known);
    expect(await server.ended(known)).toMatchObject({ outcome: AttemptOutcome.CANCELLED, signal: "SIGKILL" });
    expect(performance.now() - began).toBeGreaterThan(1_900);
    expect(left()).toEqual([]);
  });

  test("whose daemon, of another session and without environment, holds its output open", async () => {
    const server = await start();
    const daemon = `env -i setsid bash -c 'trap "" TERM; (while :; do echo late; sleep 0.2; done)' MARK &`;
    const known = server.assign(marked(`${daemon} sleep 0.3; echo main; exit 5`));
    expect(await server.ended(known)).toMatchObject({ outcome: AttemptOutcome.FAILED, exitCode: 5 });
    expect(textOf(known, LogStream.STDOUT)).toContain("main\n");
    expect(left()).toEqual([]);
  });

  test("that closes its output early and goes on", async () => {
    const server = await start();
    const known = server.assign(marked("echo first; exec >&- 2>&-; sleep 0.5; exit 4"));
    expect(await server.ended(known)).toMatchObject({ outcome: AttemptOutcome.FAILED, exitCode: 4 });
    expect(textOf(known, LogStream.STDOUT)).toBe("first\n");
    expect(left()).toEqual([]);
  });

  test.runIf(!whyNoGroups("pids"))("that is a fork bomb, when it is cancelled; and others run meanwhile", async () => {
    const server = await start();
    const bomb = "bomb() { bomb | bomb & }; bomb 2>/dev/null; echo up; sleep 60";
    const known = server.assign({ ...marked(bomb), processLimit: 80 });
    await server.until("the bomb", () => left().length > 20);
    expect(await server.ended(server.assign(marked("exit 0")))).toMatchObject({ outcome: AttemptOutcome.SUCCEEDED });
    server.cancel(known);
    expect(await server.ended(known)).toMatchObject({ outcome: AttemptOutcome.CANCELLED });
    expect(left()).toEqual([]);
  });
});
