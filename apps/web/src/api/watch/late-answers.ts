import type { Query, QueryCacheNotifyEvent, QueryClient } from "@tanstack/react-query";
import type { Source } from "@tributary/proto/tributary/v1/sources_pb";
import type { Task } from "@tributary/proto/tributary/v1/tasks_pb";

import type { Change } from "#api/watch/change.ts";
import type { Present } from "#api/watch/patch-answer.ts";

export interface LateAnswers {
  /** The watch has begun, at this position. */
  readonly begin: (position: string) => void;
  /** This changed; answers under way may not know it yet. */
  readonly note: (change: Change) => void;
  readonly onEvent: (event: QueryCacheNotifyEvent) => void;
}

const beforeWatch = -1;

/**
 * Mends answers that are older than they look.
 *
 * One that was asked for before a change and arrives after it may lack the change: what changed is kept while anything
 * is being fetched, and applied again. One that was asked for before the watch began may lack what happened in between:
 * if it does not name the watch's own position, it is read once more.
 */
export function createLateAnswers(client: QueryClient, patch: (query: Query, change: Present) => void): LateAnswers {
  let turn = beforeWatch;
  let began: string | undefined;
  const begun = new WeakMap<Query, number>();
  const tasks = new Map<number, { readonly turn: number; readonly task: Task }>();
  const sources = new Map<string, { readonly turn: number; readonly source: Source | undefined }>();

  const since = (start: number): Present => {
    const late = [...sources].filter(([, entry]) => entry.turn > start);
    return {
      tasks: new Map([...tasks].filter(([, entry]) => entry.turn > start).map(([id, { task }]) => [id, task])),
      sources: new Map(late.flatMap(([id, { source }]) => (source ? [[id, source] as const] : []))),
      deletedSources: new Set(late.flatMap(([id, { source }]) => (source ? [] : [id]))),
    };
  };
  const lacks = ({ state: { data } }: Query) => data !== undefined && !isAt(data, began);
  const arrived = (query: Query) => {
    const start = begun.get(query);
    if (start === undefined || start === turn) return;
    if (start === beforeWatch && lacks(query)) void client.invalidateQueries({ queryKey: query.queryKey, exact: true });
    else patch(query, since(start));
  };
  return {
    begin(position) {
      turn = 0;
      began = position;
      void client.invalidateQueries({ predicate: lacks });
    },
    note(change) {
      turn += 1;
      if (client.isFetching() === 0) {
        tasks.clear();
        sources.clear();
        return;
      }
      for (const [id, task] of change.tasks) tasks.set(id, { turn, task });
      for (const [id, source] of change.sources) sources.set(id, { turn, source });
      for (const id of change.deletedSources) sources.set(id, { turn, source: undefined });
    },
    onEvent(event) {
      if (event.type !== "updated") return;
      if (event.action.type === "fetch") begun.set(event.query, turn);
      if (event.action.type === "success" && !event.action.manual) arrived(event.query);
    },
  };
}

function isAt(answer: unknown, position: string | undefined): boolean {
  if (typeof answer !== "object" || answer === null || !position) return false;
  if ("pages" in answer && Array.isArray(answer.pages)) return answer.pages.every((page) => isAt(page, position));
  return "position" in answer && answer.position === position;
}
