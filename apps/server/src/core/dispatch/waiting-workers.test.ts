import { describe, expect, it } from "vitest";
import { WaitingWorkers } from "#core/dispatch/waiting-workers.ts";

/** Adds a worker whose looks are noted. */
function add(waiting: WaitingWorkers, looks: string[], id: string, hasRoom = true) {
  return waiting.add(id, {
    hasRoom,
    look: () => void looks.push(id),
    expect: (ahead) => void looks.push(`${id} later, ${ahead} ahead`),
  });
}

describe("workers that wait", () => {
  it("look one after another as tasks are queued, those without room not at all", () => {
    const [waiting, looks] = [new WaitingWorkers(true), [] as string[]];
    add(waiting, looks, "a");
    add(waiting, looks, "full", false);
    add(waiting, looks, "b");
    for (let n = 0; n < 3; n++) waiting.taskQueued();
    expect(looks).toEqual(["a", "b", "a"]);
  });

  it("look when they themselves get room", () => {
    const [waiting, looks] = [new WaitingWorkers(true), [] as string[]];
    add(waiting, looks, "a");
    add(waiting, looks, "full", false);
    waiting.roomMade("full");
    waiting.roomMade("unknown");
    expect(looks).toEqual(["full"]);
  });

  it("are forgotten with their stream, which the end of an older one of the same worker does not touch", () => {
    const [waiting, looks] = [new WaitingWorkers(true), [] as string[]];
    const older = add(waiting, looks, "a");
    const newer = add(waiting, looks, "a");
    older();
    waiting.taskQueued();
    newer();
    waiting.taskQueued();
    expect(looks).toEqual(["a"]);
  });

  it("are left to the journal where units share no commit", () => {
    const [waiting, looks] = [new WaitingWorkers(false), [] as string[]];
    add(waiting, looks, "a");
    waiting.taskQueued();
    waiting.roomMade("a");
    expect(looks).toEqual([]);
    waiting.roomMade("a", 3);
    expect(looks).toEqual(["a later, 6 ahead"]);
  });
});
