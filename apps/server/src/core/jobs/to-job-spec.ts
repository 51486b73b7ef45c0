import type { JobDefinition } from "#core/jobs/job.ts";
import type { RunSpec } from "#core/tasks/run-spec.ts";
import type { Demand } from "#core/tasks/task.ts";

/** What workers offer that run jobs: so many at a time. */
export const jobPlaces = "agent-jobs";

/** What a job takes from a machine: one of those places. */
export const demandOfJobs: Demand = { [jobPlaces]: 1 };

const grace = 10_000;

/**
 * What is run of a job: its first file, beside the others, in a folder of its own. It is started once at most: nothing of
 * it is tried again.
 */
export function toJobSpec({ files }: JobDefinition, python: string | undefined): RunSpec {
  const entry = `./${files[0]}`;
  return {
    inputs: { kind: "staged", files },
    environment: python === undefined ? { kind: "none" } : { kind: "python", version: python },
    command: { kind: "argv", argv: python === undefined ? [entry] : ["python", entry] },
    variables: [],
    secrets: [],
    resources: { [jobPlaces]: "1" },
    grace,
    outputs: { saveChangedFiles: true, paths: [] },
    userRetries: 0,
    systemRetries: 0,
  };
}
