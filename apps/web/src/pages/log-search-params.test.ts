import { expect, it } from "vitest";

import { fromFilter, fromQuery, readLogSearchParams, toFilter, toQuery } from "./log-search-params.ts";
import { parseSearch, writeSearch } from "./search.ts";

it("writes what is searched for and shown into the address, and reads it again", () => {
  const query = { text: "a & b, 50 %", matchCase: true, regexp: true };
  const filter = { stream: "stderr", only: ["hits", "error"], around: 5 } as const;
  const { find, how, stream, only, around } = { ...fromQuery(query), ...fromFilter(filter) };
  const read = readLogSearchParams(parseSearch(writeSearch({ find, how, stream, only, around })));
  expect(toQuery(read)).toEqual(query);
  expect(toFilter(read)).toEqual(filter);
});

it("leaves out what it does not know", () => {
  const read = readLogSearchParams({ stream: "both", only: "hits,everything", around: "1e9", how: "loud", find: "" });
  expect(read).toEqual({ stream: undefined, find: undefined, how: undefined, only: ["hits"], around: 100 });
  expect(toQuery(read)).toBeUndefined();
  expect(readLogSearchParams({ around: "-3" }).around).toBeUndefined();
  expect(fromFilter({ stream: undefined, only: [], around: 5 })).toEqual({});
});
