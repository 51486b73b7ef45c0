import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Attempt, AttemptEnd, AttemptOutcome, Task } from "#core/tasks/task.ts";
import { advance, assign, backoff, cancel, end, isTerminal, queue } from "#core/tasks/transitions.ts";

const budget = { userRetries: 1, systemRetries: 2 };

function queued(): Task {
  return {
    id: 7,
    dialect: "ame",
    projectId: "p",
    projectName: "p",
    name: "n",
    title: "t",
    state: "queued",
    attempt: 0,
    userFailures: 0,
    systemFailures: 0,
    createdAt: 1,
    queuedAt: 1,
    creator: "local",
    demand: {},
  };
}

function running(): { task: Task; attempt: Attempt } {
  const assigned = assign(queued(), "w", 2);
  const begun = advance(assigned.task, assigned.attempt, "running", 1, 3);
  return { task: begun.task, attempt: begun.attempt as Attempt };
}

describe("a task's way", () => {
  it("goes from queued over its attempt's phases to its end", () => {
    const { task, attempt } = running();
    expect(task).toMatchObject({ state: "active", attempt: 1, phase: "running", workerId: "w", startedAt: 3 });
    const ended = end(task, attempt, { outcome: "succeeded", exitCode: 0 }, budget, 9);
    expect(ended.task).toMatchObject({ state: "succeeded", endedAt: 9, exitCode: 0 });
    expect(ended.task.phase).toBeUndefined();
    expect(ended.attempt).toMatchObject({ phase: "ended", outcome: "succeeded", endedAt: 9 });
    expect(ended.entries.map(({ kind }) => kind)).toEqual(["attempt-ended", "task-ended"]);
  });

  it("never goes back to an earlier phase", () => {
    const { task, attempt } = running();
    const late = advance(task, attempt, "preparing", 5, 9);
    expect(late.task).toBe(task);
    expect(late.attempt).toMatchObject({ phase: "running", sequence: 5 });
    expect(late.entries).toEqual([]);
  });

  it("waits with a reason between a failure and the next try, and fails when the budget is spent", () => {
    const { task, attempt } = running();
    const first = end(task, attempt, { outcome: "failed", exitCode: 3 }, budget, 100).task;
    expect(first).toMatchObject({ state: "waiting", notBefore: 1_100, userFailures: 1, systemFailures: 0 });
    expect(first.reason).toMatchObject({ code: "backoff", message: expect.stringContaining("Exit code 3") });
    const again = assign(queue(first, 1_100).task, "w", 1_101);
    expect(again.task.reason).toBeUndefined();
    const second = end(again.task, again.attempt, { outcome: "failed", signal: "SIGKILL" }, budget, 1_200).task;
    expect(second).toMatchObject({
      state: "failed",
      attempt: 2,
      reason: { code: "signal", message: "Killed by SIGKILL" },
    });
  });

  it("counts lost workers against the system's budget only", () => {
    const { task, attempt } = running();
    const lost = end(task, attempt, { outcome: "lost" }, budget, 100).task;
    expect(lost).toMatchObject({ state: "waiting", userFailures: 0, systemFailures: 1 });
  });

  it("does not try again what another try cannot mend", () => {
    const { task, attempt } = running();
    const how: AttemptEnd = { outcome: "failed", reason: { code: "secret-missing", message: "no secret x" } };
    expect(end(task, attempt, how, { userRetries: 9, systemRetries: 9 }, 100).task).toMatchObject({
      state: "failed",
      reason: { message: "no secret x" },
    });
  });

  it.each(["failed", "timed-out", "cancelled", "lost"] as const)(
    "is cancelled when it was being cancelled and %s",
    (outcome) => {
      const { task, attempt } = running();
      const cancelling = cancel(task, "ana", 50)?.task as Task;
      expect(cancelling.state).toBe("cancelling");
      expect(end(cancelling, attempt, { outcome }, budget, 60).task.state).toBe("cancelled");
    },
  );

  it("keeps a success that came before the cancel", () => {
    const { task, attempt } = running();
    const cancelling = cancel(task, "ana", 50)?.task as Task;
    expect(end(cancelling, attempt, { outcome: "succeeded", exitCode: 0 }, budget, 60).task.state).toBe("succeeded");
  });

  it("is cancelled at once before it has started, and only once", () => {
    const cancelled = cancel(queued(), "ana", 5)?.task as Task;
    expect(cancelled).toMatchObject({
      state: "cancelled",
      endedAt: 5,
      reason: { message: expect.stringContaining("ana") },
    });
    expect(cancel(cancelled, "ana", 6)).toBeUndefined();
  });

  it("waits twice as long after each failure, five minutes at most", () => {
    expect([1, 2, 3, 10, 1_000].map(backoff)).toEqual([1_000, 2_000, 4_000, 300_000, 300_000]);
  });
});

describe("any sequence of events", () => {
  const outcomes: AttemptOutcome[] = ["succeeded", "failed", "timed-out", "cancelled", "lost"];
  const event = fc.oneof(
    fc.constant("take" as const),
    fc.constant("cancel" as const),
    fc.constant("due" as const),
    fc.constantFrom(...outcomes),
  );

  it("leaves a task queued, waiting with a time, owned by one attempt, or ended for good", () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), (events) => {
        let task: Task = queued();
        let attempt: Attempt | undefined;
        let now = 10;
        for (const happens of events) {
          now += 1_000;
          const before = task;
          if (happens === "take" && task.state === "queued") ({ task, attempt } = assign(task, "w", now));
          else if (happens === "cancel") task = cancel(task, "x", now)?.task ?? task;
          else if (happens === "due" && task.state === "waiting") task = queue(task, now).task;
          else if (
            attempt &&
            (task.state === "active" || task.state === "cancelling") &&
            outcomes.includes(happens as never)
          ) {
            task = end(task, attempt, { outcome: happens as AttemptOutcome }, budget, now).task;
            attempt = undefined;
          }
          if (isTerminal(before.state)) expect(task).toBe(before);
          if (task.state === "waiting") expect(task.notBefore).toBeDefined();
          expect(task.state === "active" || task.state === "cancelling").toBe(attempt !== undefined);
          if (isTerminal(task.state)) expect(task.endedAt).toBeDefined();
          expect(task.userFailures).toBeLessThanOrEqual(budget.userRetries + 1);
          expect(task.systemFailures).toBeLessThanOrEqual(budget.systemRetries + 1);
        }
      }),
    );
  });
});
