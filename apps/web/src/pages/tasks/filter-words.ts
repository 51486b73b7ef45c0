import { dialectWord } from "#pages/parts/task-words.ts";
import { tasksStrings } from "#pages/strings/tasks-strings.ts";
import {
  type DialectName,
  dialectNames,
  lengthOf,
  localTime,
  sinceNames,
  stateNames,
  type TaskSearch,
  timeOf,
  toDialect,
} from "#pages/task-search.ts";

/** The APIs as their makers write them. */
export const dialectWords = Object.fromEntries(
  dialectNames.map((name) => [name, dialectWord(toDialect(name))]),
) as Record<DialectName, string>;

export const filterNames = [
  "state",
  "dialect",
  "project",
  "name",
  "worker",
  "by",
  "reason",
  "label",
  "since",
  "from",
  "to",
  "endedFrom",
  "endedTo",
  "longer",
  "shorter",
] as const;

export type FilterName = (typeof filterNames)[number];

/** What a filter holds, in words; undefined when it is not set. */
export function filterValue(name: FilterName, search: TaskSearch): string | undefined {
  switch (name) {
    case "state":
      return search.state?.map((state) => tasksStrings.states[state]).join(", ");
    case "dialect":
      return search.dialect?.map((dialect) => dialectWords[dialect]).join(", ");
    case "label":
      return search.label?.join(", ");
    case "since":
      return search.since && tasksStrings.since[search.since];
    case "from":
    case "to":
    case "endedFrom":
    case "endedTo":
      return timeText(search[name]);
    default:
      return search[name];
  }
}

/** A time as people read it, on their clock; a day stays one. */
function timeText(time: string | undefined): string | undefined {
  return time?.includes("T") ? localTime(time).replace("T", " ") : time;
}

/** How filters are called where they are typed: `endedFrom` is `ended-from`. */
const typedNames: Readonly<Record<string, FilterName>> = {
  ...Object.fromEntries(
    filterNames.map((name) => [name.replace(/[A-Z]/, (letter) => `-${letter.toLowerCase()}`), name]),
  ),
  "ended-after": "endedFrom",
  "ended-before": "endedTo",
  api: "dialect",
};

interface Typed {
  readonly filters: Partial<TaskSearch>;
  /** What is left: part of a name. */
  readonly rest: string;
  /** What is wrong with it, in a sentence; nothing is to be done with the rest then. */
  readonly problem?: string;
}

/** Filters written in the search field, such as `state:failed,lost name:"nightly report"`, and what is left of it. */
export function readTyped(text: string): Typed {
  let filters: Partial<TaskSearch> = {};
  let problem: string | undefined;
  const rest = text.replaceAll(
    /([a-z]+(?:-[a-z]+)*):(?:"([^"]*)"|(\S*))/gi,
    (whole: string, key: string, quoted, plain) => {
      const name = typedNames[key.toLowerCase()];
      const value = String(quoted ?? plain ?? "");
      // an address or a path of a name may have a colon
      if (name === undefined && /^\/|\\/.test(value)) return whole;
      if (name === undefined) problem ??= tasksStrings.typed.unknown(key, Object.keys(typedNames).join(", "));
      else {
        const read = readValue(name, value);
        if (read === undefined) problem ??= tasksStrings.typed.wrong(key, value, knownValues(name));
        else filters = { ...filters, ...read, ...bothLabels(filters, read) };
      }
      return "";
    },
  );
  return { filters, rest: rest.split(/\s+/).filter(Boolean).join(" "), ...(problem && { problem }) };
}

/** Each label that is typed narrows the list further. */
function bothLabels(first: Partial<TaskSearch>, second: Partial<TaskSearch>): Partial<TaskSearch> {
  return first.label && second.label ? { label: [...new Set([...first.label, ...second.label])] } : {};
}

function readValue(name: FilterName, value: string): Partial<TaskSearch> | undefined {
  const values = value.split(",");
  switch (name) {
    case "state":
      return values.every((each) => (stateNames as readonly string[]).includes(each))
        ? { state: stateNames.filter((state) => values.includes(state)) }
        : undefined;
    case "dialect":
      return values.every((each) => (dialectNames as readonly string[]).includes(each))
        ? { dialect: dialectNames.filter((dialect) => values.includes(dialect)) }
        : undefined;
    case "since": {
      const since = sinceNames.find((each) => each === value);
      return since && { since };
    }
    case "from":
    case "to":
    case "endedFrom":
    case "endedTo":
      return timeOf(value) === undefined ? undefined : { [name]: value };
    case "longer":
    case "shorter":
      return lengthOf(value) === undefined ? undefined : { [name]: value };
    case "label":
      return value === "" || value.startsWith("=") ? undefined : { label: [value] };
    default:
      return value === "" ? undefined : { [name]: value };
  }
}

function knownValues(name: FilterName): string {
  const words = tasksStrings.typed;
  if (name === "state") return stateNames.join(", ");
  if (name === "dialect") return dialectNames.join(", ");
  if (name === "since") return sinceNames.join(", ");
  if (name === "label") return words.aLabel;
  if (name === "from" || name === "to" || name === "endedFrom" || name === "endedTo") return words.aTime;
  return name === "longer" || name === "shorter" ? words.aLength : words.aText;
}
