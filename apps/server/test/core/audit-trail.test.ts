import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { NewAuditEvent } from "#core/audit/audit-event.ts";
import { AuditTrail } from "#core/audit/audit-trail.ts";
import { type InProcess, openInProcess } from "#test/in-process.ts";

let server: InProcess;
let pause: PromiseWithResolvers<void>;
let trail: AuditTrail;
beforeEach(async () => {
  server = await openInProcess();
  pause = Promise.withResolvers();
  const { store, clock, random } = server.ports;
  trail = new AuditTrail({ store, clock, random, pause: () => pause.promise }, (error) => {
    throw error;
  });
});
afterEach(() => server.close());

const event = (rpc: string): NewAuditEvent => ({
  principal: "p",
  requestId: "",
  rpc,
  targets: [],
  outcome: "ok",
  address: "",
});

async function written(): Promise<string[]> {
  const { events } = await server.ports.store.view.listAuditEvents({ filter: {}, limit: 100 });
  return events.map(({ rpc }) => rpc).toReversed();
}

describe("events of the audit trail", () => {
  it("that nobody waits for are written together after a pause", async () => {
    trail.noteSoon(event("a"));
    trail.noteSoon(event("b"));
    expect(await written()).toEqual([]);
    pause.resolve();
    await expect.poll(written, { timeout: 15_000 }).toEqual(["a", "b"]);
  });

  it("that somebody waits for cut the pause short, and take the others along", async () => {
    trail.noteSoon(event("a"));
    await trail.note(event("b"));
    expect(await written()).toEqual(["a", "b"]);
    await trail.note(event("c"));
    expect(await written()).toEqual(["a", "b", "c"]);
  });

  it("that come while others are written have a pause of their own", async () => {
    const { store, clock, random } = server.ports;
    const pauses = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let begun = 0;
    const once = (act: () => void) => {
      let isDone = false;
      return () => {
        if (!isDone) act();
        isDone = true;
      };
    };
    const meanwhile = once(() => trail.noteSoon(event("b")));
    const transact: typeof store.transact = (unit, input) => {
      const answer = store.transact(unit, input);
      meanwhile();
      return answer;
    };
    const needs = {
      store: { ...store, transact, view: store.view },
      clock,
      random,
      pause: async () => pauses[begun++]?.promise,
    };
    trail = new AuditTrail(needs, (error) => {
      throw error;
    });
    trail.noteSoon(event("a"));
    pauses[0]?.resolve();
    await expect.poll(() => begun, { timeout: 15_000 }).toBe(2);
    expect(await written()).toEqual(["a"]);
    pauses[1]?.resolve();
    await expect.poll(written, { timeout: 15_000 }).toEqual(["a", "b"]);
  });

  it("are all written when the trail is settled", async () => {
    trail.noteSoon(event("a"));
    await trail.settled();
    expect(await written()).toEqual(["a"]);
    await trail.settled();
  });
});
