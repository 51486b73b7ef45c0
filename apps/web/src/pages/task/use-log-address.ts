import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";

import { type LogFilter, wholeLog } from "#lib/log-filter.ts";
import type { LogQuery } from "#lib/log-search.ts";
import { fromFilter, fromQuery, type LogSearchParams, toFilter, toQuery } from "#pages/log-search-params.ts";
import { useStable } from "#ui/use-stable.ts";

const route = getRouteApi("/tasks/$taskId");

/** What is searched for in a log and which of its lines are shown: both stand in the address. */
export function useLogAddress() {
  const navigate = useNavigate({ from: "/tasks/$taskId" });
  const { stream, find, how, only, around } = route.useSearch();
  // Lists of the address are other objects at each reading.
  const [howText, onlyText] = [how?.join(" "), only?.join(" ")];
  const query = useMemo<LogQuery | undefined>(
    () => toQuery({ find, how: howText?.split(" ") as LogSearchParams["how"] }),
    [find, howText],
  );
  const filter = useMemo<LogFilter>(() => {
    if (stream === undefined && onlyText === undefined) return wholeLog;
    return toFilter({ stream, only: onlyText?.split(" ") as LogSearchParams["only"], around });
  }, [stream, onlyText, around]);
  const put = (change: LogSearchParams) =>
    void navigate({
      search: (old) => ({ ...old, ...change }),
      hash: true,
      replace: true,
      hashScrollIntoView: false,
      resetScroll: false,
    });
  const setQuery = useStable((next: LogQuery) => put(fromQuery(next)));
  const setFilter = useStable((next: LogFilter) => put(fromFilter(next)));
  return { query, filter, setQuery, setFilter };
}
