import { existsSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { readProjectFile } from "./project-file.ts";

/** A requirements file with all that it includes. */
export interface Requirements {
  /** Relative to the working directory. */
  readonly file: string;
  /** The bytes of it and of what it includes, with their paths. */
  readonly contents: readonly (readonly [path: string, bytes: Buffer])[];
  /** It names files of the project itself, so what is built from it is good for this attempt alone. */
  readonly local: boolean;
}

/**
 * Reads a requirements file below the working directory.
 *
 * @throws StepFailure `requirements-missing`, naming the path
 */
export function readRequirements(folder: string, file: string): Requirements {
  return { file: normalize(file), ...readAll(folder, [normalize(file)]) };
}

/**
 * What lines of a requirements file in the working directory include, for lines that are not in such a file.
 *
 * @throws StepFailure `requirements-missing`, naming the path
 */
export function readIncluded(folder: string, lines: readonly string[]): Omit<Requirements, "file"> {
  const included = lines.flatMap((line) => includedBy(line) ?? []);
  const { contents, local } = readAll(folder, included.map(normalize));
  return { contents, local: local || lines.some((line) => !includedBy(line) && isLocal(folder, line)) };
}

function readAll(folder: string, first: readonly string[]): Omit<Requirements, "file"> {
  const contents = new Map<string, Buffer>();
  const waiting = [...first];
  let local = false;
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (contents.has(path)) continue;
    const bytes = readProjectFile(folder, path, `Add ${path} to the project, or name the file that is there.`);
    contents.set(path, bytes);
    for (const line of bytes.toString("utf8").split("\n")) {
      const included = includedBy(line);
      if (included) waiting.push(normalize(join(dirname(path), included)));
      local ||= !included && isLocal(folder, line);
    }
  }
  return { contents: [...contents].sort(([a], [b]) => (a < b ? -1 : 1)), local };
}

/** The path that a line includes; undefined for an address and for any other line. */
function includedBy(line: string): string | undefined {
  const included = /^\s*(?:-r|--requirement|-c|--constraint)[\s=]*(\S+)/.exec(line)?.[1];
  return included && !/^[a-z]+:\/\//.test(included) ? included : undefined;
}

/** A line whose included path, if it has one, leads from `folder`. */
export function includingFrom(folder: string, line: string): string {
  const path = includedBy(line);
  return path === undefined ? line : line.replace(path, () => join(folder, path));
}

/** `-e .`, `./package`, `wheels/some.whl`, `name @ file:…`. */
function isLocal(folder: string, line: string): boolean {
  const text = line.replace(/(^|\s)#.*$/, "").trim();
  if (text === "") return false;
  if (/^(-f|--find-links)/.test(text) || /(^|@\s*)file:/.test(text)) return true;
  const editable = /^(?:-e|--editable)[\s=]*(\S+)/.exec(text)?.[1];
  const target = editable ?? text.split(/[\s;]/)[0] ?? "";
  if (target.startsWith("-") || /^([a-z+]+:\/\/|git@)/.test(target)) return false;
  const place = target.replace(/\[.*\]$/, "");
  return (
    editable !== undefined ||
    /^[./]/.test(place) ||
    (/\/|\.whl$|\.tar\.gz$/.test(place) && existsSync(join(folder, place)))
  );
}
