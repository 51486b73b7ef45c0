import { AttemptOutcome, AttemptPhase } from "@tributary/proto/tributary/v1/tasks_pb";
import { describe, expect, test } from "vitest";
import { textOf } from "./fixture-server.ts";
import { useScene } from "./use-scene.ts";

const scene = useScene();
const shell = (value: string) => ({ command: { case: "shell" as const, value } });
const drains = ["--on-stop", "drain"];

describe("a worker that is told to end", () => {
  test("finishes what it has, tells the server so, and goes", { timeout: 60_000 }, async () => {
    const { server } = scene();
    const worker = scene().worker(drains);
    const known = server.assign(shell("echo begun; sleep 2; echo done"));
    const waiting = Array.from({ length: 4 }, () => server.assign(shell("sleep 0.5; echo waited")));
    await server.reached(known, AttemptPhase.RUNNING);
    worker.child.kill("SIGTERM");
    await server.until("word of it", () => server.draining);
    expect(await worker.exited).toBe(0);
    for (const one of [known, ...waiting]) expect(one.end).toMatchObject({ outcome: AttemptOutcome.SUCCEEDED });
    expect(textOf(known)).toBe("begun\ndone\n");
    expect(server.gone).toBe(true);
    expect(scene().attemptFolders()).toEqual([]);
  });

  test("hands back what it has when it is told twice, and what ignores that, too", { timeout: 60_000 }, async () => {
    const { server } = scene();
    const worker = scene().worker([...drains, "--slots", "1"]);
    const known = server.assign(shell("trap '' TERM; echo begun; sleep 600"));
    const waiting = server.assign(shell("echo never"));
    await server.until("output", () => textOf(known).includes("begun"));
    worker.child.kill("SIGTERM");
    await server.until("word of it", () => server.draining);
    worker.child.kill("SIGTERM");
    expect(await worker.exited).toBe(0);
    for (const one of [known, waiting]) {
      expect(one.end).toMatchObject({ outcome: AttemptOutcome.LOST, reason: { code: "worker-stopped" } });
    }
    expect([known.end?.notBegun, waiting.end?.notBegun]).toEqual([false, true]);
    expect(textOf(waiting)).toBe("");
    expect(scene().attemptFolders()).toEqual([]);
  });

  test("hands back what it has when that takes longer than it may", { timeout: 60_000 }, async () => {
    const { server } = scene();
    const worker = scene().worker([...drains, "--drain-seconds", "1"]);
    const known = server.assign(shell("sleep 600"));
    await server.reached(known, AttemptPhase.RUNNING);
    expect(await worker.kill("SIGTERM")).toBe(0);
    expect(known.end).toMatchObject({ outcome: AttemptOutcome.LOST, system: true });
  });

  test("tells what ended while there was no server before it goes", { timeout: 60_000 }, async () => {
    const { server } = scene();
    const worker = scene().worker(drains);
    const known = server.assign(shell("echo begun; sleep 1; echo done"));
    await server.reached(known, AttemptPhase.RUNNING);
    await server.stop();
    worker.child.kill("SIGTERM");
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect(worker.child.exitCode).toBe(null);
    await server.start();
    expect(await worker.exited).toBe(0);
    expect(known.end).toMatchObject({ outcome: AttemptOutcome.SUCCEEDED });
    expect(server.registrations.at(-1)?.draining).toBe(true);
  });
});
