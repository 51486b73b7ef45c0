import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { leadsInside } from "../inside.ts";
import { StepFailure } from "../step-failure.ts";

/** A requirements file with all that it includes. */
export interface Requirements {
  /** Relative to the working directory. */
  readonly file: string;
  /** The bytes of it and of what it includes, with their paths. */
  readonly contents: readonly (readonly [path: string, bytes: Buffer])[];
  /** It names files of the project itself, so what is built from it is good for this attempt alone. */
  readonly local: boolean;
}

const SIZE_LIMIT = 4 << 20;

/**
 * Reads a requirements file below the working directory.
 *
 * @throws StepFailure `requirements-missing`, naming the path
 */
export function readRequirements(folder: string, file: string): Requirements {
  const contents = new Map<string, Buffer>();
  const waiting = [normalize(file)];
  let local = false;
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (contents.has(path)) continue;
    const bytes = readInside(folder, path);
    contents.set(path, bytes);
    for (const line of bytes.toString("utf8").split("\n")) {
      const included = /^\s*(?:-r|--requirement|-c|--constraint)[\s=]*(\S+)/.exec(line)?.[1];
      if (included && !/^[a-z]+:\/\//.test(included)) waiting.push(normalize(join(dirname(path), included)));
      local ||= !included && isLocal(folder, line);
    }
  }
  return { file: normalize(file), contents: [...contents].sort(([a], [b]) => (a < b ? -1 : 1)), local };
}

function readInside(folder: string, path: string): Buffer {
  const whole = join(folder, path);
  if (path.startsWith("..") || path.startsWith("/") || !existsSync(whole) || !leadsInside(folder, path)) {
    throw new StepFailure(
      "requirements-missing",
      `The file "${path}" with the Python packages is not among the task's files.`,
      {
        hint: `Add ${path} to the project, or name the file that is there.`,
      },
    );
  }
  const { size } = statSync(whole);
  if (!statSync(whole).isFile() || size > SIZE_LIMIT) {
    throw new StepFailure(
      "requirements-missing",
      `"${path}" is not a requirements file: it is a folder or larger than 4 MiB.`,
    );
  }
  return readFileSync(whole);
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
