import { StepFailure } from "./step-failure.ts";

/** Whether the system refused to write for want of room. */
export function isDiskFull(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "ENOSPC" || code === "EDQUOT";
}

/** @param what - that could not be done, as the end of a sentence: "the environment could not be built" */
export function diskFull(what: string): StepFailure {
  return new StepFailure("disk-full", `The disk of the worker is full, so ${what}.`, {
    hint: "Make room on the worker's machine; the task is tried again after a while.",
    system: true,
  });
}
