import { dialectWord } from "#pages/parts/task-words.ts";
import { tasksStrings } from "#pages/strings/tasks-strings.ts";
import {
  type DialectName,
  dialectNames,
  sinceNames,
  stateNames,
  type TaskSearch,
  toDialect,
} from "#pages/task-search.ts";

/** The APIs as their makers write them. */
export const dialectWords = Object.fromEntries(
  dialectNames.map((name) => [name, dialectWord(toDialect(name))]),
) as Record<DialectName, string>;

export const filterNames = ["state", "dialect", "project", "since"] as const;

export type FilterName = (typeof filterNames)[number];

/** What a filter holds, in words; undefined when it is not set. */
export function filterValue(name: FilterName, search: TaskSearch): string | undefined {
  switch (name) {
    case "state":
      return search.state?.map((state) => tasksStrings.states[state]).join(", ");
    case "dialect":
      return search.dialect?.map((dialect) => dialectWords[dialect]).join(", ");
    case "project":
      return search.project;
    case "since":
      return search.since && tasksStrings.since[search.since];
  }
}

/** Filters written in the search field, such as `state:failed,lost`, and what is left of it. */
export function readTyped(text: string): { readonly filters: Partial<TaskSearch>; readonly rest: string } {
  const filters: { -readonly [Key in keyof TaskSearch]: TaskSearch[Key] } = {};
  const rest = text.split(/\s+/).filter((word) => {
    const [, name = "", value = ""] = /^(state|api|project|since):(.+)$/.exec(word) ?? [];
    const values = value.split(",");
    if (name === "state") filters.state = stateNames.filter((state) => values.includes(state));
    else if (name === "api") filters.dialect = dialectNames.filter((dialect) => values.includes(dialect));
    else if (name === "project") filters.project = value;
    else if (name === "since") filters.since = sinceNames.find((since) => since === value);
    return name === "";
  });
  return { filters, rest: rest.join(" ") };
}
