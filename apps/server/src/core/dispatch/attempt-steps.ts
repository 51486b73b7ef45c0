import type { AttemptPhase } from "#core/tasks/task.ts";

/**
 * How far an attempt is, as workers tell that know tasks only: finer than a phase. In order; what an attempt's
 * `sequence` counts is its place in here.
 */
export const attemptSteps = [
  "assigned",
  "accepted",
  "downloading",
  "on-hold",
  "running",
  "uploading",
  "uploading-failed",
  "succeeded",
  "failed",
] as const;

export type AttemptStep = (typeof attemptSteps)[number];

/** A step that a worker may report of an attempt that it was allowed to begin. */
export type ReportedStep = Exclude<AttemptStep, "assigned" | "accepted">;

/**
 * What may follow what; a step may also be repeated.
 *
 * Source: what scitq's workers of 2025 and of 2026 send, and no more.
 */
const followers: Readonly<Record<AttemptStep, readonly AttemptStep[]>> = {
  assigned: ["accepted"],
  accepted: ["downloading", "on-hold", "running", "uploading", "uploading-failed", "succeeded", "failed"],
  downloading: ["on-hold", "running", "failed"],
  "on-hold": ["running", "failed"],
  running: ["uploading", "uploading-failed", "succeeded", "failed"],
  uploading: ["succeeded", "failed"],
  "uploading-failed": ["failed"],
  succeeded: [],
  failed: [],
};

export function mayFollow(from: AttemptStep, to: AttemptStep): boolean {
  return followers[from].includes(to);
}

export const phaseOfStep: Readonly<Record<AttemptStep, AttemptPhase>> = {
  assigned: "assigned",
  accepted: "accepted",
  downloading: "preparing",
  "on-hold": "preparing",
  running: "running",
  uploading: "collecting",
  "uploading-failed": "collecting",
  succeeded: "ended",
  failed: "ended",
};
