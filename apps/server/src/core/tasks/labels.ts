import { RefusedError } from "#core/errors.ts";

/** Words that a task was given to find it and its like by; they never change. */
export type Labels = Readonly<Record<string, string>>;

const mostLabels = 32;
const keyForm = /^[A-Za-z0-9](?:[A-Za-z0-9._/-]{0,61}[A-Za-z0-9])?$/;
const longestValue = 200;

/**
 * What is wrong with a label; undefined when nothing is.
 *
 * @param field - where it was written, for the message
 */
export function labelProblem(field: string, key: string, value: string): string | undefined {
  if (!keyForm.test(key)) {
    return `${field}: ${JSON.stringify(key.slice(0, 70))} cannot be a key; use up to 63 letters, digits, ., _, - and /, a letter or digit first and last`;
  }
  if (value.length > longestValue) {
    return `${field}.${key}: has ${value.length} characters, at most ${longestValue} are kept`;
  }
  return /\p{Cc}/u.test(value) ? `${field}.${key}: has a control character; remove it` : undefined;
}

/** @throws RefusedError `invalid` for too many, and for keys and values that cannot be used */
export function checkLabels(labels: Labels): void {
  const entries = Object.entries(labels);
  if (entries.length > mostLabels) {
    throw new RefusedError("invalid", `labels: ${entries.length} are too many; ${mostLabels} are kept`, "labels");
  }
  for (const [key, value] of entries) {
    const problem = labelProblem("labels", key, value);
    if (problem !== undefined) throw new RefusedError("invalid", problem, "labels");
  }
}

/** What a task is found by: of each label its key alone, and `key=value`. No key has a `=`. */
export function labelTexts(labels: Labels): readonly string[] {
  return Object.entries(labels).flatMap(([key, value]) => [key, `${key}=${value}`]);
}

/** The label of `key=value`, or of a key alone. */
export function splitLabel(text: string): { readonly key: string; readonly value?: string } {
  const at = text.indexOf("=");
  return at < 0 ? { key: text } : { key: text.slice(0, at), value: text.slice(at + 1) };
}
