import { type Attempt, AttemptOutcome, AttemptPhase, type Task } from "@tributary/proto/tributary/v1/tasks_pb";

import { toMs } from "#api/time.ts";
import { phaseStrings } from "#pages/strings/phase-strings.ts";
import { stateStrings } from "#pages/strings/state-strings.ts";
import { taskStrings } from "#pages/strings/task-strings.ts";
import type { AttemptLane, PhaseBar } from "#ui/attempt-timeline.tsx";
import type { State } from "#ui/state-glyph.tsx";

const words = taskStrings.attempt;

const states: Record<AttemptOutcome, State> = {
  [AttemptOutcome.UNSPECIFIED]: "running",
  [AttemptOutcome.SUCCEEDED]: "succeeded",
  [AttemptOutcome.FAILED]: "failed",
  [AttemptOutcome.TIMED_OUT]: "timed-out",
  [AttemptOutcome.CANCELLED]: "cancelled",
  [AttemptOutcome.LOST]: "lost",
};

export function attemptState({ outcome }: Attempt): State {
  return states[outcome];
}

/** How an attempt ended, or what it does. */
export function attemptLabel(attempt: Attempt): string {
  switch (attempt.outcome) {
    case AttemptOutcome.UNSPECIFIED:
      return phaseLabel(attempt.phase);
    case AttemptOutcome.FAILED:
      if (attempt.signal) return words.killed(attempt.signal);
      return attempt.exitCode === undefined ? stateStrings.failed : words.exit(attempt.exitCode);
    default:
      return stateStrings[attemptState(attempt)];
  }
}

function phaseLabel(phase: AttemptPhase): string {
  if (phase === AttemptPhase.PREPARING) return phaseStrings.preparing;
  if (phase === AttemptPhase.COLLECTING) return phaseStrings.collecting;
  return phase === AttemptPhase.RUNNING ? stateStrings.running : phaseStrings.starting;
}

/** When an attempt was in which phase. The queue before the first counts from the task's creation. */
export function attemptBars(attempt: Attempt, before: Attempt | undefined, task: Task): readonly PhaseBar[] {
  const end = toMs(attempt.endTime);
  const marks = [
    { phase: "queued", from: toMs(before?.endTime) ?? toMs(task.createTime) },
    { phase: "preparing", from: toMs(attempt.prepareTime) ?? toMs(attempt.assignTime) },
    { phase: "running", from: toMs(attempt.startTime) },
    { phase: "collecting", from: toMs(attempt.collectTime) },
  ] as const;
  const known = marks.flatMap(({ phase, from }) => (from === undefined ? [] : [{ phase, from }]));
  return known.map((mark, index) => ({ ...mark, to: known[index + 1]?.from ?? end }));
}

/** The lanes of the timeline, with the queue of a task that no attempt was made of yet. */
export function attemptLanes(
  task: Task,
  attempts: readonly Attempt[],
  href: (attempt: number) => string | undefined,
): readonly AttemptLane[] {
  return attempts.map((attempt, index) => ({
    number: attempt.number,
    state: attemptState(attempt),
    label: attemptLabel(attempt),
    worker: attempt.workerName || attempt.workerId || undefined,
    bars: attemptBars(attempt, attempts[index - 1], task),
    note: noteOf(attempt),
    href: href(attempt.number),
  }));
}

/** What the label does not say already. */
function noteOf({ outcome, reason }: Attempt): string | undefined {
  return outcome === AttemptOutcome.LOST || outcome === AttemptOutcome.TIMED_OUT ? reason?.message : undefined;
}
