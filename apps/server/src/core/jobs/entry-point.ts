import type { StagedFile } from "#core/jobs/job.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Reason } from "#core/reason.ts";

/** How files begin that Linux runs by themselves: a script that names its interpreter, an ELF program. */
const beginnings = ["#!", "\x7fELF"];

/** Why a job cannot be started with a file, without a Python to run it by; undefined when it can. */
export async function entryProblem(
  { objects }: Pick<Ports, "objects">,
  { id, hash }: StagedFile,
): Promise<Reason | undefined> {
  let text = "";
  for await (const chunk of objects.get(hash)) {
    text += String.fromCharCode(...chunk.subarray(0, 4));
    if (text.length >= 4) break;
  }
  if (beginnings.some((beginning) => text.startsWith(beginning))) return undefined;
  return {
    code: "not-executable",
    message: `File ${id} is the first, and neither begins with #! nor is it a program: it cannot be run`,
    hint: "Name the file to run first, or require a python_version to run it by.",
  };
}
