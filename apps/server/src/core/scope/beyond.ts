import { RefusedError } from "#core/errors.ts";

/** What callers who see some projects only have no business with: asking for it is refused, whoever asks. */
export function beyond<T extends object>(): T {
  return new Proxy({} as T, {
    get() {
      throw beyondError();
    },
  });
}

export function beyondError(): RefusedError {
  return new RefusedError("denied", "this concerns the whole server, and you are limited to some projects");
}

/** @throws RefusedError `denied` for something new of a project that the caller does not see */
export function refuseForeign(projects: readonly string[], names: readonly string[]): void {
  const foreign = names.find((name) => !projects.includes(name));
  if (foreign === undefined) return;
  const what = foreign === "" ? "what belongs to no project" : `project ${foreign.slice(0, 80)}`;
  throw new RefusedError("denied", `${what}: you are limited to ${projects.join(", ")}`);
}
