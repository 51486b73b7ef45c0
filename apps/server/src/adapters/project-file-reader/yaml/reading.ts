import { isAlias, isScalar, type Node } from "yaml";
import type { FileProblem } from "#core/projects/project.ts";
import { type ParsedYaml, placeOf } from "./parse-yaml.ts";

/** Far more than a file has that somebody wrote; aliases of aliases reach it soon. */
const mostNodes = 50_000;
const mostProblems = 100;

/** A place in the file: a value, or the key of one that has none. */
export type Place = Node | null | undefined;

/** A name that is defined or asked for in the file. */
export interface NamePlace {
  readonly kind: "task" | "template" | "data set" | "model";
  readonly name: string;
  readonly place: Place;
  readonly path: string;
}

/** One file being read: what is wrong with it, and which names it has. */
export class Reading {
  readonly defined: NamePlace[] = [];
  /** References to the own project. */
  readonly used: (NamePlace & { readonly project?: string })[] = [];
  readonly #yaml: ParsedYaml;
  readonly #problems: FileProblem[] = [];
  #nodes = 0;
  #failed = false;

  constructor(yaml: ParsedYaml) {
    this.#yaml = yaml;
  }

  get problems(): readonly FileProblem[] {
    return this.#problems;
  }

  /** There is a problem that is more than a warning. */
  get failed(): boolean {
    return this.#failed;
  }

  /** Whether one more warning would be told; looking for what was meant costs more than telling it. */
  get wantsWarnings(): boolean {
    return this.#problems.length < mostProblems / 2;
  }

  /** @param fix - what to write in its place */
  problem(place: Place, message: string, fix?: string): undefined {
    this.#failed = true;
    this.#add(place?.range ?? undefined, message, false, fix);
  }

  /** @param fix - what to write in its place */
  warn(place: Place, message: string, fix?: string): undefined {
    this.#add(place?.range ?? undefined, message, true, fix);
  }

  /** A problem of a value's tag, which stands behind its key. */
  tagProblem(key: Place, tag: string, message: string, fix?: string): undefined {
    this.#failed = true;
    const behind = key?.range?.[1] ?? 0;
    const at = this.#yaml.text.indexOf(tag, behind);
    // Of the flow mapping of a whole line the key may be somewhere else: then it is told at the key.
    const range = at >= behind && at - behind < 200 ? ([at, at + tag.length] as const) : undefined;
    this.#add(range ?? key?.range ?? undefined, message, false, range && fix);
  }

  /** The value an alias stands for; anything else as it is. Undefined for a value that is not there. */
  resolve(node: Place): Node | undefined {
    if (++this.#nodes > mostNodes) {
      if (this.#nodes === mostNodes + 1) this.problem(node, `has more than ${mostNodes} values, with its aliases`);
      return undefined;
    }
    if (!isAlias(node)) return node ?? undefined;
    const value = node.resolve(this.#yaml.document);
    if (!value) this.problem(node, `*${node.source} stands for nothing: there is no &${node.source} before it`);
    return value;
  }

  #add(range: readonly number[] | undefined, message: string, warning: boolean, fix: string | undefined): void {
    // Warnings leave room for what keeps the file from being used.
    if (warning ? !this.wantsWarnings : this.#problems.length >= mostProblems) return;
    const [begin = 0, end = begin] = range ?? [];
    this.#problems.push({
      ...placeOf(this.#yaml.lines, begin, end),
      message,
      warning,
      ...(fix !== undefined && { fix }),
    });
  }
}

/** Nothing was written after the key. */
export function isEmpty(node: Place): boolean {
  return !node || (isScalar(node) && node.type === "PLAIN" && node.source === "");
}

/** Nothing, `null` or `~`: an optional field that is unset. */
export function isUnset(node: Place): boolean {
  if (isEmpty(node)) return true;
  return isScalar(node) && node.type === "PLAIN" && /^(null|Null|NULL|~)$/.test(node.source ?? "");
}
