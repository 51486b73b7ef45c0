import { create } from "@bufbuild/protobuf";
import { createClient, createRouterTransport } from "@connectrpc/connect";
import { AttemptEndSchema, AttemptReportSchema, DispatchService } from "@tributary/proto/tributary/v1/dispatch_pb";
import { AttemptPhase } from "@tributary/proto/tributary/v1/tasks_pb";
import { describe, expect, it } from "vitest";
import { ReportOutbox } from "../src/report-outbox.ts";
import { Uplink } from "../src/uplink.ts";

/** An outbox whose calls are noted, and answered when they are told to be. */
function rig(running = 1) {
  const calls: string[][] = [];
  const answers: (() => void)[] = [];
  const transport = createRouterTransport(({ rpc }) => {
    rpc(DispatchService.method.report, async ({ reports }) => {
      calls.push(reports.map(({ attempt, phase }) => `${attempt?.taskId} ${AttemptPhase[phase]}`));
      await new Promise<void>((resolve) => answers.push(resolve));
      return {
        results: reports.map(({ attempt, sequence }) => ({ ...(attempt && { attempt }), sequence, accepted: true })),
      };
    });
  });
  const uplink = new Uplink("w");
  uplink.up(createClient(DispatchService, transport), new AbortController().signal);
  const outbox = new ReportOutbox(uplink, new AbortController().signal, {
    running: () => running,
    hasMore: () => false,
  });
  const send = (taskId: number, phase: AttemptPhase, sequence: number) => {
    const end = phase === AttemptPhase.ENDED ? { end: create(AttemptEndSchema) } : {};
    return outbox.send(create(AttemptReportSchema, { attempt: { taskId, number: 1 }, phase, sequence, ...end }));
  };
  return { calls, answer: () => answers.shift()?.(), send, outbox };
}

const { ACCEPTED, PREPARING, RUNNING, ENDED } = AttemptPhase;

describe("reports", () => {
  it("of phases wait for more to tell, and go when nothing more comes", async () => {
    const { calls, answer, send } = rig();
    const told = [send(1, ACCEPTED, 1), send(1, PREPARING, 2)];
    await expect.poll(() => calls, { timeout: 15_000 }).toEqual([["1 ACCEPTED", "1 PREPARING"]]);
    answer();
    expect(await Promise.all(told)).toEqual([true, true]);
  });

  it("of an end take along what waits, in order", async () => {
    const { calls, answer, send } = rig();
    const told = [send(1, ACCEPTED, 1), send(2, RUNNING, 3), send(1, ENDED, 2)];
    await expect.poll(() => calls, { timeout: 15_000 }).toEqual([["1 ACCEPTED", "2 RUNNING", "1 ENDED"]]);
    answer();
    expect(await Promise.all(told)).toEqual([true, true, true]);
  });

  it("are written down before they are told", async () => {
    const { calls, answer, outbox } = rig();
    const seen: number[] = [];
    const report = create(AttemptReportSchema, { attempt: { taskId: 1, number: 1 }, phase: RUNNING, sequence: 1 });
    const told = outbox.send(report, () => seen.push(calls.length));
    expect(seen).toEqual([]);
    await expect.poll(() => calls.length, { timeout: 15_000 }).toBe(1);
    expect(seen).toEqual([0]);
    answer();
    expect(await told).toBe(true);
  });

  it("that come while a call is under way share the next one", async () => {
    const { calls, answer, send } = rig(8);
    const told = [send(1, ENDED, 1)];
    await expect.poll(() => calls.length, { timeout: 15_000 }).toBe(1);
    told.push(send(2, ENDED, 1), send(3, ENDED, 1));
    answer();
    await expect.poll(() => calls, { timeout: 15_000 }).toEqual([["1 ENDED"], ["2 ENDED", "3 ENDED"]]);
    answer();
    expect(await Promise.all(told)).toEqual([true, true, true]);
    // One more after a rest is not forgotten either.
    const last = send(4, RUNNING, 1);
    await expect.poll(() => calls.length, { timeout: 15_000 }).toBe(3);
    answer();
    expect(await last).toBe(true);
  });
});
