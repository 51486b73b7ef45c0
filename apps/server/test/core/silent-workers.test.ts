import { afterEach, beforeEach, expect, it } from "vitest";
import { adoptWorkers, expireLeases } from "#core/dispatch/expire-leases.ts";
import { Leases } from "#core/dispatch/leases.ts";
import { registerWorker } from "#core/dispatch/register-worker.ts";
import { type InProcess, openInProcess } from "#test/in-process.ts";
import { type ManualClock, manualClock } from "#test/manual-clock.ts";

const hour = 3_600_000;
let clock: ManualClock;
let world: InProcess;

beforeEach(async () => {
  clock = manualClock();
  world = await openInProcess({ clock });
  await registerWorker(world.ports, {
    id: "w",
    name: "w",
    slots: 1,
    capacity: { cpu: 100_000 },
    labels: {},
    version: "1",
    held: [],
  });
});
afterEach(() => world.close());

async function workerOf() {
  return (await world.ports.store.view.listWorkers()).workers[0]?.worker;
}

it("are kept with when they were last heard of, not with when they came", async () => {
  clock.advance(hour);
  const heardAt = clock.now();
  world.ports.leases.extend("w", clock.monotonic(), heardAt);
  clock.advance(world.ports.leases.duration + 1);
  await expireLeases(world.ports);
  expect(await workerOf()).toMatchObject({ online: false, lastSeenAt: heardAt });
});

it("have been silent since their lease ended, where the server has not heard of them since its start", async () => {
  world.ports.leases.end("w");
  const before = await workerOf();
  clock.advance(hour);
  const { ports } = world;
  const leases = new Leases(30_000);
  await adoptWorkers({ ...ports, leases });
  clock.advance(31_000);
  await expireLeases({ ...ports, leases });
  expect(before?.online).toBe(true);
  expect(await workerOf()).toMatchObject({ online: false, lastSeenAt: clock.now() });
});
