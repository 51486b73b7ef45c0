import { expect } from "vitest";
import { expireLeases } from "#core/dispatch/expire-leases.ts";
import type { Tx } from "#core/ports/tx.ts";
import { releaseDueTasks } from "#core/tasks/release-due-tasks.ts";
import type { Attempt } from "#core/tasks/task.ts";
import { type ManualClock, manualClock } from "#test/manual-clock.ts";
import { ScitqStub, type WireTask } from "#test/scitq-worker.ts";
import { type AppServer, startApp } from "../app/app-server.ts";

/** For what comes soon, on a machine that does much else. */
export const patient = { timeout: 20_000 };

/** A server without workers of its own on a clock that stands still, and programs of scitq's that call it. */
export class Stage {
  readonly server: AppServer;
  readonly #clock: ManualClock;
  readonly #stubs: ScitqStub[] = [];

  private constructor(server: AppServer, clock: ManualClock) {
    this.server = server;
    this.#clock = clock;
  }

  static async open(): Promise<Stage> {
    const clock = manualClock();
    return new Stage(await startApp({ logLevel: "error", changes: { clock } }), clock);
  }

  /** Fails the test when the server had faults. */
  async close(): Promise<void> {
    for (const one of this.#stubs) one.close();
    const { log } = this.server;
    await this.server.close();
    expect(log).toEqual([]);
  }

  /** Another program: with a connection of its own. */
  another(): ScitqStub {
    const made = new ScitqStub(this.server.port);
    this.#stubs.push(made);
    return made;
  }

  /** Time passes, and the loops of a server look. */
  async pass(milliseconds: number): Promise<void> {
    this.#clock.advance(milliseconds);
    await expireLeases(this.server.inside.ports);
    await releaseDueTasks(this.server.inside.ports);
  }

  attempts(taskId: number): Promise<readonly Attempt[]> {
    const refs = [1, 2, 3, 4, 5].map((number) => ({ taskId, number }));
    return this.server.inside.ports.store.transact((tx: Tx) => tx.attempts.getMany(refs), undefined);
  }

  /** A task that a new worker has accepted. */
  async accepted(name: string, via = this.another()): Promise<{ id: number; number: number; via: ScitqStub }> {
    const id = await via.submit("true");
    const { worker_id: number } = await via.register(name, 1);
    expect(ids((await via.ping(number)).tasks)).toEqual([id]);
    expect(await via.status(id, "C")).toBe(true);
    return { id, number, via };
  }
}

export const ids = (tasks: readonly WireTask[]) => tasks.map(({ task_id }) => task_id);

/** What a call was refused with; undefined when it was answered. */
export async function refusal(call: Promise<unknown>): Promise<{ code: number; details: string } | undefined> {
  return call.then(
    () => undefined,
    // This library leaves some characters escaped.
    ({ code, details }: { code: number; details: string }) => ({ code, details: decodeURIComponent(details) }),
  );
}
