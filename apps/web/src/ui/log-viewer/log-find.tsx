import { type KeyboardEvent, type ReactNode, type Ref, useEffect, useState } from "react";

import { formatCount } from "#lib/format.ts";
import type { LogQuery } from "#lib/log-search.ts";
import { strings } from "#lib/strings.ts";
import { Icon } from "#ui/icons.tsx";

/** What became of a search over the whole log; the page asks the server. */
export interface LogSearch {
  readonly query: LogQuery;
  readonly status: "searching" | "done" | "failed";
  readonly total: number;
  /** The hit that is shown, from 1; 0 before the first step. */
  readonly current: number;
  /** Number of the line that holds the current hit; the viewer brings it into view. */
  readonly line?: number | undefined;
  /** Why it failed: an expression that does not parse. */
  readonly message?: string | undefined;
}

interface LogFindProps {
  readonly search: LogSearch | undefined;
  readonly onSearch: (query: LogQuery) => void;
  readonly onStep: (direction: 1 | -1) => void;
  /** Only lines with a hit are shown. */
  readonly matching: boolean;
  readonly onMatching: ((matching: boolean) => void) | undefined;
  readonly ref?: Ref<HTMLInputElement> | undefined;
}

/** Waits this long after a key before the server is asked, in ms. */
const typingPause = 250;
const nothing: LogQuery = { text: "", matchCase: false, regexp: false };

/** The search over the whole log. Enter steps on, shift with it steps back, escape empties it. */
export function LogFind({ search, onSearch, onStep, matching, onMatching, ref }: LogFindProps) {
  const [query, setQuery] = useState(search?.query ?? nothing);
  const asked = search?.query ?? nothing;
  const same = query.text === asked.text && query.matchCase === asked.matchCase && query.regexp === asked.regexp;
  useEffect(() => {
    if (same) return;
    const timer = setTimeout(() => onSearch(query), query.text === "" ? 0 : typingPause);
    return () => clearTimeout(timer);
  }, [query, same, onSearch]);

  const press = (event: KeyboardEvent) => {
    if (event.key === "Escape" && query.text !== "") setQuery({ ...query, text: "" });
    else if (event.key !== "Enter" || event.nativeEvent.isComposing) return;
    else if (same) onStep(event.shiftKey ? -1 : 1);
    else onSearch(query);
    event.stopPropagation();
  };
  const hits = search !== undefined && search.total > 0;
  return (
    // biome-ignore lint/a11y/useSemanticElements: the search element is too new for some browsers
    <div role="search" className="logfind">
      <Icon name="search" />
      <input
        ref={ref}
        value={query.text}
        aria-label={strings.log.search}
        placeholder={strings.log.searchPlaceholder}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => setQuery({ ...query, text: event.target.value })}
        onKeyDown={press}
      />
      {query.text !== "" && <Hits search={search} />}
      <Step label={strings.log.previousHit} icon="up" disabled={!hits} onClick={() => onStep(-1)} />
      <Step label={strings.log.nextHit} icon="down" disabled={!hits} onClick={() => onStep(1)} />
      <Toggle
        label={strings.log.matchCase}
        pressed={query.matchCase}
        onChange={(matchCase) => setQuery({ ...query, matchCase })}
      >
        Aa
      </Toggle>
      <Toggle label={strings.log.regexp} pressed={query.regexp} onChange={(regexp) => setQuery({ ...query, regexp })}>
        .*
      </Toggle>
      {onMatching && (
        <Toggle label={strings.log.onlyMatching} pressed={matching} onChange={onMatching}>
          <Icon name="filter" />
        </Toggle>
      )}
    </div>
  );
}

function Hits({ search }: { readonly search: LogSearch | undefined }) {
  const bad = search?.status === "failed";
  return (
    <span className={`hits ${bad ? "hits--bad" : ""}`} role="status" title={search?.message}>
      {hitsText(search)}
    </span>
  );
}

function hitsText(search: LogSearch | undefined): string {
  if (search === undefined || search.query.text === "") return "";
  if (search.status === "failed") return search.message ?? strings.log.noHits;
  if (search.total === 0) return search.status === "searching" ? strings.log.searching : strings.log.noHits;
  const total = `${formatCount(search.total)}${search.status === "searching" ? "+" : ""}`;
  return search.current === 0 ? strings.log.hitsTotal(total) : strings.log.hits(formatCount(search.current), total);
}

function Step(props: {
  readonly label: string;
  readonly icon: "up" | "down";
  readonly disabled: boolean;
  readonly onClick: () => void;
}) {
  return (
    <button
      type="button"
      aria-label={props.label}
      title={props.label}
      disabled={props.disabled}
      onClick={props.onClick}
    >
      <Icon name={props.icon} />
    </button>
  );
}

function Toggle(props: {
  readonly label: string;
  readonly pressed: boolean;
  readonly onChange: (pressed: boolean) => void;
  readonly children: ReactNode;
}) {
  return (
    <button
      type="button"
      aria-label={props.label}
      title={props.label}
      aria-pressed={props.pressed}
      onClick={() => props.onChange(!props.pressed)}
    >
      <span aria-hidden="true">{props.children}</span>
    </button>
  );
}
