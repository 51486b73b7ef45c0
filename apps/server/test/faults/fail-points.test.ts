import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create } from "@bufbuild/protobuf";
import { timestampNow } from "@bufbuild/protobuf/wkt";
import { createClient } from "@connectrpc/connect";
import { AmeService } from "@tributary/proto/ame/v1/ame_pb";
import {
  AttemptEndSchema,
  type AttemptRef,
  DispatchService,
  type LeaseResponse,
} from "@tributary/proto/tributary/v1/dispatch_pb";
import { LogService, LogStream } from "@tributary/proto/tributary/v1/logs_pb";
import { AttemptOutcome, AttemptPhase, TaskService } from "@tributary/proto/tributary/v1/tasks_pb";
import { expect, test } from "vitest";
import { sqliteStore } from "#adapters/store/sqlite/index.ts";
import { hello } from "#test/facades/suite.ts";
import { type InProcess, openInProcess, worker } from "#test/in-process.ts";
import { FailingStore, type FailPoint } from "./failing-store.ts";

const workerId = "w";
const content = new TextEncoder().encode("one\ntwo\n");

/** Asks again as a client does that got no answer. */
async function surely<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      if (tries === 3) throw error;
    }
  }
}

/** A task from its submit to its end, as a worker and a user see it who repeat what is not answered. */
class Story {
  readonly #server: InProcess;
  readonly #projectId: string;

  constructor(server: InProcess, projectId: string) {
    this.#server = server;
    this.#projectId = projectId;
  }

  get #dispatch() {
    return createClient(DispatchService, this.#server.transport(worker));
  }

  /** Answers the id of the task. */
  async play(requestId: string): Promise<number> {
    const tasks = createClient(TaskService, this.#server.transport());
    const { task } = await surely(() => tasks.runTask({ projectId: this.#projectId, taskName: "hello", requestId }));
    await surely(() => this.#dispatch.register({ workerId, name: workerId, slots: 1, version: "1" }));
    const attempt = await surely(() => this.#lease());
    for (const [index, phase] of [AttemptPhase.ACCEPTED, AttemptPhase.RUNNING].entries())
      expect(await surely(() => this.#report(attempt, index + 1, phase))).toBe(true);
    const pieces = [{ stream: LogStream.STDOUT, time: timestampNow(), content }];
    await surely(() => this.#dispatch.appendLog({ workerId, attempt, offset: 0n, pieces }));
    await surely(() => this.#dispatch.heartbeat({ workerId }));
    expect(await surely(() => this.#report(attempt, 3, AttemptPhase.ENDED))).toBe(true);
    return task!.id;
  }

  async #lease(): Promise<AttemptRef> {
    const stop = new AbortController();
    try {
      for await (const { order } of this.#dispatch.lease({ workerId }, { signal: stop.signal }))
        if (order.case === "assign") return assigned(order);
      throw new Error("the stream ended without an assignment");
    } finally {
      stop.abort();
    }
  }

  async #report(attempt: AttemptRef, sequence: number, phase: AttemptPhase): Promise<boolean> {
    const end = create(AttemptEndSchema, { outcome: AttemptOutcome.SUCCEEDED, exitCode: 0 });
    const ended = phase === AttemptPhase.ENDED ? { end } : {};
    const reports = [{ attempt, sequence, phase, time: timestampNow(), ...ended }];
    return (await this.#dispatch.report({ workerId, reports })).results[0]?.accepted ?? false;
  }

  /** What is left of it, without what differs from one to the next. */
  async remains(id: number) {
    const { task, attempts } = await createClient(TaskService, this.#server.transport()).getTask({ id });
    const { lines } = await createClient(LogService, this.#server.transport()).readLogLines({ taskId: id });
    return {
      state: task?.state,
      attempts: attempts.map(({ number, phase, outcome, exitCode }) => ({ number, phase, outcome, exitCode })),
      lines: lines.map(({ text }) => text),
    };
  }
}

const assigned = ({ value }: Extract<LeaseResponse["order"], { case: "assign" }>) => value.attempt!;

test("a fault at any unit of work, before or after its commit, leaves what no fault leaves", async () => {
  const folder = await mkdtemp(join(tmpdir(), "tributary-fail-points-"));
  const failing = new FailingStore(await sqliteStore({ file: join(folder, "tributary.db") }));
  const server = await openInProcess({ store: failing.store });
  try {
    const cfg = { name: "p", tasks: [hello] };
    const project = await createClient(AmeService, server.transport()).createProject({ cfg, enableTriggers: false });
    const story = new Story(server, project.name);
    failing.arm(0, "before");
    const first = await story.play("without");
    const units = failing.count;
    const whole = await story.remains(first);
    expect(whole).toMatchObject({ attempts: [{ number: 1 }], lines: ["one", "two"] });
    expect(units).toBeGreaterThan(5);
    let struck = 0;
    for (const point of ["before", "after"] satisfies FailPoint[]) {
      for (let nth = 1; nth <= units; nth++) {
        failing.arm(nth, point);
        const id = await story.play(`${point} ${nth}`);
        struck += failing.count >= nth ? 1 : 0;
        failing.arm(0, point);
        expect(await story.remains(id), `${point} unit ${nth} of ${units}`).toEqual(whole);
      }
    }
    // Each of them did strike, and nobody got more than one task for one request.
    expect(struck).toBe(2 * units);
    expect((await createClient(TaskService, server.transport()).listTasks({})).total).toBe(1 + 2 * units);
  } finally {
    await server.close();
    await failing.store.close();
    await rm(folder, { recursive: true, force: true });
  }
}, 60_000);
