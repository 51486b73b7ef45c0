import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type AttemptPhase, attemptPhases, type TaskState, taskStates } from "#core/tasks/task.ts";
import { jobStateOf } from "#facades/agent/job-state.ts";
import { amePhases } from "#facades/ame/task-phase.ts";
import { letterOf } from "#facades/taskqueue/letters.ts";

const page = readFileSync(new URL("../../../../docs/task-states.md", import.meta.url), "utf8");

const rows = page
  .slice(page.indexOf("<!-- states -->"), page.indexOf("<!-- /states -->"))
  .split("\n")
  .filter((line) => line.startsWith("| ") && !line.startsWith("| ---"))
  .slice(1)
  .map(
    (line) =>
      line.split("|").map((cell) => cell.trim()) as ["", TaskState, AttemptPhase | "", string, string, string, ""],
  );

describe("the table of the dialects' words for a state", () => {
  it.each(rows.map(([, ...row]) => row))(
    "says of %s %s what AME, TaskQueue and the Agent say: %s, %s, %s",
    (state, phase, ame, letter, job) => {
      expect(amePhases[state]).toBe(ame);
      expect(letterOf(phase ? { state, phase } : { state })).toBe(letter);
      expect(jobStateOf(phase ? { state, phase } : { state }).state).toBe(job);
    },
  );

  it("has every state, and every phase of an attempt that is under way", () => {
    expect(new Set(rows.map(([, state]) => state))).toEqual(new Set(taskStates));
    const phases = rows.filter(([, state]) => state === "active").map(([, , phase]) => phase);
    expect(phases).toEqual(attemptPhases.filter((phase) => phase !== "ended"));
  });
});
