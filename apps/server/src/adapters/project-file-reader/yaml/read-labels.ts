import { type Labels, labelProblem } from "#core/tasks/labels.ts";
import { type Fields, join } from "./fields.ts";
import type { Reading } from "./reading.ts";

/** Undefined when there are none; what cannot be a label is told and left out. */
export function readLabels(reading: Reading, fields: Fields): Labels | undefined {
  const written = Object.entries(fields.map("labels"));
  if (written.length === 0) return undefined;
  const place = fields.get("labels")?.value;
  const good = written.filter(([key, value]) => {
    const problem = labelProblem(join(fields.path, "labels"), key, value);
    if (problem !== undefined) reading.problem(place, problem);
    return problem === undefined;
  });
  return Object.fromEntries(good);
}
