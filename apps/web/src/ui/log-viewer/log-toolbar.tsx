import type { ReactNode, Ref } from "react";

import { formatCount } from "#lib/format.ts";
import type { LineRange } from "#lib/line-range.ts";
import { type LogFilter, type LogPart, logStreams } from "#lib/log-filter.ts";
import type { LogPreferences } from "#lib/log-preferences.ts";
import type { LogQuery } from "#lib/log-search.ts";
import type { LogLevel } from "#lib/log-source.ts";
import type { LogTime } from "#lib/log-time.ts";
import { strings } from "#lib/strings.ts";
import { IconButton } from "#ui/button.tsx";
import { LogFind, type LogSearch } from "#ui/log-viewer/log-find.tsx";
import { type LevelCount, LogLevels } from "#ui/log-viewer/log-levels.tsx";
import { Menu } from "#ui/menu.tsx";
import { QuietSelect } from "#ui/select.tsx";

/** What of the log is to be downloaded. */
export type DownloadPart = "view" | "range" | "filtered" | "all" | "archive";

interface LogToolbarProps {
  readonly levels: readonly LevelCount[];
  readonly onLevelStep: (level: LogLevel, direction: 1 | -1) => void;
  readonly search: LogSearch | undefined;
  readonly onSearch: ((query: LogQuery) => void) | undefined;
  readonly onSearchStep: (direction: 1 | -1) => void;
  readonly findRef: Ref<HTMLInputElement>;
  readonly preferences: LogPreferences;
  readonly onPreferences: (preferences: LogPreferences) => void;
  readonly range: LineRange | undefined;
  readonly filter: LogFilter;
  readonly onFilter: ((filter: LogFilter) => void) | undefined;
  /** Lines that are shown. */
  readonly shown: number;
  /** All groups there are are folded; undefined where there is none. */
  readonly allFolded: boolean | undefined;
  readonly onFoldAll: (folded: boolean) => void;
  readonly onDownload: ((part: DownloadPart) => void) | undefined;
  /** The page's own choices: which attempt, which stream. */
  readonly tools: ReactNode;
}

const times = (["local", "utc", "relative", "off"] as const).map((value: LogTime) => ({
  value,
  label: strings.log.times[value],
}));

const streams = (["all", ...logStreams] as const).map((value) => ({ value, label: strings.log.streams[value] }));

/** Counters, search and looks of the log. */
export function LogToolbar(props: LogToolbarProps) {
  const { preferences, onPreferences, onSearch, filter, onFilter, allFolded } = props;
  const { only } = filter;
  const turn = (part: LogPart) =>
    onFilter?.({ ...filter, only: only.includes(part) ? only.filter((each) => each !== part) : [...only, part] });
  return (
    <div className="logbar" role="toolbar" aria-label={strings.log.toolbar}>
      <LogLevels
        levels={props.levels}
        only={only}
        onOnly={onFilter && ((level) => level !== "info" && turn(level))}
        onStep={props.onLevelStep}
      />
      {onSearch && (
        <LogFind
          ref={props.findRef}
          search={props.search}
          onSearch={onSearch}
          onStep={props.onSearchStep}
          matching={only.includes("hits")}
          onMatching={onFilter && (() => turn("hits"))}
        />
      )}
      <span className="logbar-end">
        {props.tools}
        {onFilter && (
          <QuietSelect
            label={strings.log.stream}
            value={filter.stream ?? "all"}
            options={streams}
            onChange={(stream) => onFilter({ ...filter, stream: stream === "all" ? undefined : stream })}
          />
        )}
        {allFolded !== undefined && (
          <IconButton
            size="small"
            icon={allFolded ? "unfold" : "fold"}
            label={allFolded ? strings.log.unfoldAll : strings.log.foldAll}
            onClick={() => props.onFoldAll(!allFolded)}
          />
        )}
        <QuietSelect
          label={strings.log.time}
          value={preferences.time}
          options={times}
          onChange={(time) => onPreferences({ ...preferences, time })}
        />
        <IconButton
          size="small"
          icon="wrap"
          label={strings.log.wrap}
          pressed={preferences.wrap}
          onClick={() => onPreferences({ ...preferences, wrap: !preferences.wrap })}
        />
        {props.onDownload && (
          <DownloadMenu
            range={props.range}
            filtered={filter.stream !== undefined || only.length > 0 ? props.shown : undefined}
            onDownload={props.onDownload}
          />
        )}
      </span>
    </div>
  );
}

function DownloadMenu({
  range,
  filtered,
  onDownload,
}: {
  readonly range: LineRange | undefined;
  /** Lines that a filter leaves, where there is one. */
  readonly filtered: number | undefined;
  readonly onDownload: (part: DownloadPart) => void;
}) {
  const items = [
    { id: "all", label: strings.log.downloadAll, onSelect: () => onDownload("all") },
    ...(range
      ? [
          {
            id: "range",
            label: strings.log.downloadRange(formatCount(range.from), formatCount(range.to)),
            onSelect: () => onDownload("range"),
          },
        ]
      : []),
    ...(filtered
      ? [
          {
            id: "filtered",
            label: strings.log.downloadFiltered(formatCount(filtered)),
            onSelect: () => onDownload("filtered"),
          },
        ]
      : []),
    { id: "archive", label: strings.log.downloadArchive, onSelect: () => onDownload("archive") },
    { id: "view", label: strings.log.downloadView, onSelect: () => onDownload("view") },
  ];
  return <Menu trigger={<IconButton size="small" icon="download" label={strings.log.download} />} items={items} />;
}
