import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fileLogStore } from "#adapters/log-store/files/index.ts";
import { expireLeases } from "#core/dispatch/expire-leases.ts";
import { leaseAttempts } from "#core/dispatch/lease-attempts.ts";
import { Leases } from "#core/dispatch/leases.ts";
import { registerWorker } from "#core/dispatch/register-worker.ts";
import { RefusedError } from "#core/errors.ts";
import { PlacedLogs } from "#core/logs/placed-logs.ts";
import type { Ports } from "#core/ports/index.ts";
import { keepServer } from "#core/servers/keep-server.ts";
import { ServerWatch } from "#core/servers/server-watch.ts";
import { addTasks, run, sampleTask } from "#test/conformance/store-samples.ts";
import { type InProcess, openInProcess } from "#test/in-process.ts";
import { type ManualClock, manualClock } from "#test/manual-clock.ts";

let clock: ManualClock;
let world: InProcess;

beforeEach(async () => {
  clock = manualClock();
  world = await openInProcess({ clock });
});
afterEach(() => world.close());

/** One of several servers over one store. */
class Member {
  readonly ports: Ports;
  readonly #watch = new ServerWatch(10_000);
  readonly id: string;
  leads = false;

  constructor(id: string) {
    this.id = id;
    this.ports = { ...world.ports, leases: new Leases(30_000, id) };
  }

  async beat(): Promise<void> {
    const self = { id: this.id, name: `host-${this.id}`, url: `http://${this.id}`, startedAt: 0 };
    this.leads = await keepServer(this.ports, self, this.#watch);
  }

  register(id = "w"): Promise<unknown> {
    const worker = { id, name: id, slots: 2, capacity: { cpu: 4_000 }, labels: {}, version: "1", held: [] };
    return registerWorker(this.ports, worker);
  }
}

/** Time passes while some servers live. */
async function pass(seconds: number, ...members: readonly Member[]): Promise<void> {
  for (let n = 0; n < seconds; n += 2) {
    clock.advance(2_000);
    for (const member of members) await member.beat();
  }
}

async function leaders(...members: readonly Member[]): Promise<string[]> {
  for (const member of members) await member.beat();
  return members.filter(({ leads }) => leads).map(({ id }) => id);
}

const worker = async (id = "w") => (await run(world.ports.store, (tx) => tx.workers.getMany([id]))).get(id);

describe("several servers over one store", () => {
  it("have one leader, and another when that is gone", async () => {
    const [a, b, c] = [new Member("a"), new Member("b"), new Member("c")];
    expect(await leaders(a, b, c)).toEqual(["a"]);
    await pass(60, a, b, c);
    expect(await leaders(a, b, c)).toEqual(["a"]);
    await pass(8, b, c);
    expect(await leaders(b, c)).toEqual([]);
    await pass(6, b, c);
    expect(await leaders(b, c)).toEqual(["b"]);
    // The old one comes back, and finds another in its place.
    expect(await leaders(a, b, c)).toEqual(["b"]);
  });

  it("do not take time for death in which they did not look themselves", async () => {
    const [a, b] = [new Member("a"), new Member("b")];
    await leaders(a, b);
    clock.advance(600_000);
    expect(await leaders(b, a)).toEqual(["a"]);
  });

  it("take over the workers of one that is gone, and give each a full lease", async () => {
    const [a, b] = [new Member("a"), new Member("b")];
    await leaders(a, b);
    await a.register();
    await pass(14, b);
    expect((await worker())?.serverId).toBe("b");
    await pass(24, b);
    await expireLeases(b.ports);
    expect((await worker())?.online).toBe(true);
    await pass(4, b);
    await expireLeases(b.ports);
    expect((await worker())?.online).toBe(false);
  });

  it("leave a worker alone that has gone to another server", async () => {
    const [a, b] = [new Member("a"), new Member("b")];
    await leaders(a, b);
    await addTasks(world.ports.store, [sampleTask(1)]);
    await a.register();
    await b.register();
    // A stream that is still open at the old server gets nothing.
    expect((await leaseAttempts(a.ports, "w")).assignments).toEqual([]);
    clock.advance(31_000);
    b.ports.leases.extend("w", clock.monotonic(), clock.now());
    await expireLeases(a.ports);
    expect((await worker())?.online).toBe(true);
    expect((await leaseAttempts(b.ports, "w")).assignments).toHaveLength(1);
    await a.register();
    await leaders(a, b);
    expect(() => leaseAttempts(b.ports, "w")).toThrow(RefusedError);
  });
});

describe("logs that each server has of its own", () => {
  const placed = (id: string) => new PlacedLogs(world.ports.logs, world.ports.store, id, clock.now);
  const piece = { stream: "stdout" as const, at: 0, bytes: new TextEncoder().encode("hello\n") };

  it("are read where they are, and elsewhere refused with the place", async () => {
    const b = new Member("b");
    await b.beat();
    await placed("b").append({ taskId: 1, number: 1 }, 0, [piece]);
    expect((await placed("b").size(1)).bytes).toBe(6);
    const a = placed("a");
    const refusal = { refusal: "unavailable", message: expect.stringContaining("host-b, http://b") };
    await expect(a.size(1)).rejects.toMatchObject(refusal);
    await expect(a.readLines(1, 0, 10)).rejects.toMatchObject(refusal);
    await expect(a.tail(1, 10)).rejects.toMatchObject(refusal);
    await expect(a.read(1, 0, 10)).rejects.toMatchObject(refusal);
    await expect(a.attempts(1)).rejects.toMatchObject(refusal);
    expect((await a.size(2)).bytes).toBe(0);
  });

  it("tell who follows before there is one where it comes to be", async () => {
    const b = new Member("b");
    await b.beat();
    await using empty = await fileLogStore({ folder: join(world.folder, "logs-of-a") }).then((logs) =>
      Object.assign(logs, { [Symbol.asyncDispose]: () => logs.close() }),
    );
    const a = new PlacedLogs(empty, world.ports.store, "a", clock.now);
    const following = (async () => {
      for await (const _ of a.follow(1, 0, AbortSignal.timeout(15_000))) expect.unreachable();
    })();
    const refused = expect(following).rejects.toMatchObject({ refusal: "unavailable" });
    const here = (async () => {
      for await (const { chunks } of placed("b").follow(1, 0, AbortSignal.timeout(15_000))) return chunks.length;
      return 0;
    })();
    await placed("b").append({ taskId: 1, number: 1 }, 0, [piece]);
    await refused;
    expect(await here).toBe(1);
  });
});
