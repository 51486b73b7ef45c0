import { isScalar } from "yaml";
import type { ProjectDefinition } from "#core/projects/project.ts";
import { shown } from "./fields.ts";
import { nearest } from "./nearest.ts";
import type { NamePlace, Place, Reading } from "./reading.ts";

/** Names that are there twice, and references within the file to what is not there. */
export function checkReferences(reading: Reading, projectName: string): void {
  const names = new Map<NamePlace["kind"], Map<string, NamePlace>>();
  for (const entry of reading.defined) {
    const ofKind = names.get(entry.kind) ?? new Map<string, NamePlace>();
    const first = ofKind.get(entry.name);
    if (first) {
      reading.problem(
        entry.place,
        `${entry.path}: ${first.path} is a ${entry.kind} named ${shown(entry.name)} already; rename one`,
      );
    }
    names.set(entry.kind, ofKind.set(entry.name, first ?? entry));
  }
  for (const { kind, name, project, place, path } of reading.used) {
    if (project !== undefined && project !== projectName) continue;
    const ofKind = names.get(kind) ?? new Map<string, NamePlace>();
    const inProject =
      kind === "data set" && name.startsWith(`${projectName}.`) ? name.slice(projectName.length + 1) : name;
    if (ofKind.has(inProject)) continue;
    // A dot may be part of a data set's name here, or come after the name of another project.
    if (kind === "data set" && name.includes(".") && inProject === name) continue;
    const near = nearest(inProject, [...ofKind.keys()]);
    const known = [...ofKind.keys()].slice(0, 10).join(", ") || "none";
    const hint = near === undefined ? `there are: ${known}` : `did you mean ${near}?`;
    const message = `${path}: there is no ${kind} ${shown(inProject)} in this file; ${hint}`;
    // The rest of the project can be used without; a template makes up what a task is.
    if (kind === "template") reading.problem(place, message, fixOf(place, near));
    else reading.warn(place, message, fixOf(place, near));
  }
}

/** A name that stands alone can be replaced by the one that was meant. */
function fixOf(place: Place, near: string | undefined): string | undefined {
  return isScalar(place) ? near : undefined;
}

/** Templates of one file that lead back to themselves. */
export function checkCircles(reading: Reading, { name: projectName, templates }: ProjectDefinition): void {
  const byName = new Map(templates.map((template) => [template.name, template]));
  const isOwn = (project: string | undefined) => project === undefined || project === projectName;
  for (const { kind, name, place, path } of reading.defined) {
    if (kind !== "template") continue;
    const way = [name];
    for (let next = byName.get(name)?.fromTemplate; next && isOwn(next.project); ) {
      way.push(next.name);
      // One that only leads to a circle is told of where the circle is.
      if (next.name === name || way.length > templates.length + 1) break;
      next = byName.get(next.name)?.fromTemplate;
    }
    if (way.length > 1 && way.at(-1) === name) {
      reading.problem(place, `${path}: leads back to itself: ${way.join(" → ")}; take one fromTemplate out`);
    }
  }
}
