import { isMessage } from "@bufbuild/protobuf";
import {
  GetSourceResponseSchema,
  ListSourcesResponseSchema,
  type Source,
} from "@tributary/proto/tributary/v1/sources_pb";
import { GetTaskResponseSchema, ListTasksResponseSchema, type Task } from "@tributary/proto/tributary/v1/tasks_pb";

import type { Change } from "#api/watch/change.ts";

/** The part of a change that answers can take over as it is. */
export type Present = Pick<Change, "tasks" | "sources" | "deletedSources">;

/**
 * Brings an answer of the server up to date with a change. Rows of a list change in their place; new tasks are not put
 * in, since only the server knows the order and the page decides when rows move.
 *
 * @param answer - what the query cache holds: a message, or pages of them; anything else is returned as it is
 * @returns the same object when the change does not touch it
 */
export function patchAnswer(answer: unknown, change: Present): unknown {
  if (isPaged(answer)) {
    const pages = mapChanged(answer.pages, (page) => patchAnswer(page, change));
    return pages === answer.pages ? answer : { ...answer, pages };
  }
  if (isMessage(answer, ListTasksResponseSchema)) {
    const tasks = mapChanged(answer.tasks, (task) => change.tasks.get(task.id) ?? task);
    return tasks === answer.tasks ? answer : { ...answer, tasks };
  }
  if (isMessage(answer, GetTaskResponseSchema)) {
    const task = answer.task && change.tasks.get(answer.task.id);
    return task ? { ...answer, task } : answer;
  }
  if (isMessage(answer, ListSourcesResponseSchema)) {
    const sources = patchSources(answer.sources, change);
    return sources === answer.sources ? answer : { ...answer, sources };
  }
  if (isMessage(answer, GetSourceResponseSchema)) {
    const source = answer.source && change.sources.get(answer.source.id);
    return source ? { ...answer, source } : answer;
  }
  return answer;
}

function patchSources(sources: Source[], { sources: changed, deletedSources }: Present): Source[] {
  if (changed.size === 0 && deletedSources.size === 0) return sources;
  const known = new Set(sources.map((source) => source.id));
  const kept = sources.filter(({ id }) => !deletedSources.has(id)).map((source) => changed.get(source.id) ?? source);
  const added = [...changed.values()].filter(({ id }) => !known.has(id));
  return [...kept, ...added].sort((a, b) => compareText(a.settings?.repository, b.settings?.repository));
}

function compareText(a = "", b = ""): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Maps a list; the list itself when no element changed. */
function mapChanged<T>(list: T[], map: (element: T) => T): T[] {
  const mapped = list.map(map);
  return mapped.some((element, index) => element !== list[index]) ? mapped : list;
}

function isPaged(answer: unknown): answer is { readonly pages: unknown[] } {
  return typeof answer === "object" && answer !== null && "pages" in answer && Array.isArray(answer.pages);
}

/**
 * The task whose attempts, artifacts or checks a change makes old in this answer: the watch tells the task itself only.
 *
 * @returns its id
 */
export function movedTask(answer: unknown, change: Present): number | undefined {
  if (!isMessage(answer, GetTaskResponseSchema)) return undefined;
  const after = answer.task && change.tasks.get(answer.task.id);
  return after && hasMoved(answer.task, after) ? after.id : undefined;
}

function hasMoved(before: Task | undefined, after: Task): boolean {
  const key = (task: Task) => [task.state, task.attempt, task.phase, task.reason?.code, task.reason?.message].join(" ");
  return before === undefined || key(before) !== key(after);
}
