import { AttemptPhase } from "@tributary/proto/tributary/v1/tasks_pb";
import { describe, expect, test } from "vitest";
import { textOf } from "./fixture-server.ts";
import { lives } from "./lives.ts";
import { useScene } from "./use-scene.ts";

const scene = useScene();
const shell = (value: string) => ({ command: { case: "shell" as const, value } });
const pidOf = (text: string) => Number(/pid (\d+)/.exec(text)?.[1]);

describe("--end-attempts", () => {
  test("ends what a worker that was killed has left, with all that it started", async () => {
    const { server } = scene();
    const worker = scene().worker();
    const known = server.assign(shell("trap '' TERM; setsid sleep 600 & echo pid $!; wait"));
    await server.reached(known, AttemptPhase.RUNNING);
    await server.until("output", () => textOf(known).includes("pid"));
    const grandchild = pidOf(textOf(known));
    await worker.kill("SIGKILL");
    expect(lives(grandchild)).toBe(true);
    const ending = scene().worker(["--end-attempts"]);
    expect(await ending.exited).toBe(0);
    expect(lives(grandchild)).toBe(false);
    // The server is told nothing: it has given the worker up.
    expect(known.end).toBeUndefined();
    expect(ending.said()).toContain("attempts were ended with their worker");
  });

  test("leaves a worker alone that runs", async () => {
    const { server } = scene();
    const worker = scene().worker();
    const known = server.assign(shell("echo pid $$; exec sleep 600"));
    await server.until("output", () => textOf(known).includes("pid"));
    const ending = scene().worker(["--end-attempts"]);
    expect(await ending.exited).toBe(3);
    expect(ending.said()).toContain("uses the folder");
    expect(lives(pidOf(textOf(known)))).toBe(true);
    await worker.kill("SIGKILL");
    expect(await scene().worker(["--end-attempts"]).exited).toBe(0);
    expect(lives(pidOf(textOf(known)))).toBe(false);
  });

  test("finds nothing to do in a new folder", async () => {
    expect(await scene().worker(["--end-attempts"]).exited).toBe(0);
  });
});
