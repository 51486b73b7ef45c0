import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { createConnectQueryKey, useInfiniteQuery, useQuery } from "@connectrpc/connect-query";
import { type InfiniteData, keepPreviousData, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { type AuditEvent, AuditOutcome, AuditService } from "@tributary/proto/tributary/v1/audit_pb";
import { useEffect, useMemo, useState } from "react";

import "#pages/events/events.css";
import "#pages/parts/pages.css";
import { formatCount } from "#lib/format.ts";
import { eventColumns } from "#pages/events/event-columns.tsx";
import { EventDetail } from "#pages/events/event-detail.tsx";
import { useNames } from "#pages/events/use-names.ts";
import { links } from "#pages/links.ts";
import { LoadError } from "#pages/parts/load-error.tsx";
import { usePage } from "#pages/parts/use-page.ts";
import { eventsStrings } from "#pages/strings/events-strings.ts";
import { createdRange, type SinceName, sinceNames, timeOf } from "#pages/task-search.ts";
import { ButtonLink } from "#ui/button.tsx";
import { EmptyState } from "#ui/empty-state.tsx";
import { ChipRow, FilterChip, ToggleChip } from "#ui/filter-chip.tsx";
import { PageHead } from "#ui/page-head.tsx";
import { Popover } from "#ui/popover.tsx";
import { SearchField } from "#ui/search-field.tsx";
import { TextField } from "#ui/text-field.tsx";
import { VirtualTable } from "#ui/virtual-table/virtual-table.tsx";

const route = getRouteApi("/events");
const words = eventsStrings;
const pageSize = 100;
/** After the last key, in milliseconds. */
const typingPause = 250;
/** Between two looks for what is new, in milliseconds. */
const look = 5_000;
const grain = 300_000;
const listKey = createConnectQueryKey({ schema: AuditService.method.listEvents, cardinality: "infinite" });

interface EventSearch {
  readonly q?: string | undefined;
  readonly outcome?: "refused" | undefined;
  readonly since?: SinceName | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly who?: string | undefined;
  readonly rpc?: string | undefined;
  /** The event that is open. */
  readonly open?: string | undefined;
}

/** The audit trail: who changed what, newest first. */
export function EventsPage() {
  usePage(words.title, [{ label: words.title }]);
  const search = route.useSearch();
  const navigate = useNavigate({ from: "/events" });
  const change = (patch: EventSearch) => void navigate({ search: (old) => ({ ...old, ...patch }), replace: true });
  const { rows, more, query } = useEvents(search);
  const fresh = useNewEvents(search, rows, query.isPending);
  const { open, ...filters } = search;
  const filtered = Object.values(filters).some((value) => value !== undefined);
  const nameOf = useNames();
  const columns = useMemo(() => eventColumns(nameOf), [nameOf]);
  const expanded = useMemo(() => new Set(open === undefined ? [] : [open]), [open]);
  const placeholder =
    query.error && !query.data ? (
      <LoadError error={query.error} busy={query.isRefetching} onRetry={() => void query.refetch()} />
    ) : (
      query.data && <NoEvents filtered={filtered} />
    );
  return (
    <>
      <PageHead title={words.title} lead={words.lead} />
      <div className="filters">
        <TextFilter held={search.q ?? ""} onChange={(q) => change({ q })}>
          {query.data && words.shown(formatCount(rows.length), more)}
        </TextFilter>
        <ChipRow label={words.filters}>
          <ToggleChip
            pressed={search.outcome === "refused"}
            onChange={(pressed) => change({ outcome: pressed ? "refused" : undefined })}
          >
            {words.onlyRefused}
          </ToggleChip>
          {sinceNames.map((name) => (
            <ToggleChip
              key={name}
              pressed={search.since === name}
              onChange={(pressed) => change({ since: pressed ? name : undefined, from: undefined, to: undefined })}
            >
              {words.since[name]}
            </ToggleChip>
          ))}
          <TimeRange search={search} onChange={change} />
          {(["who", "rpc"] as const).map((name) => (
            <HeldFilter key={name} name={name} value={search[name]} onRemove={() => change({ [name]: undefined })} />
          ))}
        </ChipRow>
      </div>
      <VirtualTable
        label={words.title}
        columns={columns}
        rows={rows}
        rowKey={({ id }) => id}
        rowName={({ rpc }) => rpc}
        expanded={expanded}
        detail={(event) => <EventDetail event={event} nameOf={nameOf} />}
        onOpen={({ id }) => change({ open: open === id ? undefined : id })}
        loadingMore={query.isFetchingNextPage}
        onEndReached={() => more && void query.fetchNextPage()}
        newCount={fresh.count}
        onShowNew={fresh.show}
        placeholder={placeholder}
      />
    </>
  );
}

/** A filter that was chosen from an event: a click drops it. */
function HeldFilter(props: {
  readonly name: "who" | "rpc";
  readonly value: string | undefined;
  readonly onRemove: () => void;
}) {
  const { name, value, onRemove } = props;
  if (value === undefined) return null;
  const label = name === "who" ? words.columns.who : words.columns.what;
  return <FilterChip name={label} value={value} onEdit={onRemove} onRemove={onRemove} />;
}

function useEvents(search: EventSearch) {
  const filter = useEventFilter(search);
  const query = useInfiniteQuery(
    AuditService.method.listEvents,
    { filter, pageSize, pageToken: "" },
    {
      pageParamKey: "pageToken",
      getNextPageParam: (page) => page.nextPageToken || undefined,
      placeholderData: keepPreviousData,
    },
  );
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.events) ?? [], [query.data]);
  return { rows, more: query.hasNextPage, query };
}

function useEventFilter({ q, outcome, since, from, to, who, rpc }: EventSearch) {
  // a window that moves by seconds would ask anew for the same list under new names
  const now = useMemo(() => (since ? Math.floor(Date.now() / grain) * grain : 0), [since]);
  const { after, before } = createdRange({ since, from, to }, now);
  return {
    text: q ?? "",
    principal: who ?? "",
    rpc: rpc ?? "",
    outcome: outcome === "refused" ? AuditOutcome.REFUSED : AuditOutcome.UNSPECIFIED,
    ...(after !== undefined && { after: timestampFromMs(after) }),
    ...(before !== undefined && { before: timestampFromMs(before) }),
  };
}

/** Events that came since the list was read. They wait until the reader asks for them, so that nothing jumps. */
function useNewEvents(search: EventSearch, rows: readonly AuditEvent[], pending: boolean) {
  const client = useQueryClient();
  const filter = useEventFilter(search);
  const { data } = useQuery(
    AuditService.method.listEvents,
    { filter, pageSize },
    { refetchInterval: look, enabled: !pending },
  );
  const newest = rows[0]?.id ?? "";
  const known = data?.events.findIndex(({ id }) => id === newest) ?? 0;
  const count = known >= 0 ? known : (data?.events.length ?? 0);
  return {
    count: pending ? 0 : rows.length === 0 ? (data?.events.length ?? 0) : count,
    show: () => {
      client.setQueriesData<InfiniteData<unknown>>(
        { queryKey: listKey },
        (pages) => pages && { ...pages, pages: pages.pages.slice(0, 1), pageParams: pages.pageParams.slice(0, 1) },
      );
      void client.invalidateQueries({ queryKey: listKey });
    },
  };
}

function TimeRange({
  search,
  onChange,
}: {
  readonly search: EventSearch;
  readonly onChange: (patch: EventSearch) => void;
}) {
  const [open, setOpen] = useState(false);
  const held = search.from !== undefined || search.to !== undefined;
  const value = [search.from, search.to].map((time) => time?.replace("T", " ") ?? "…").join(" – ");
  return (
    <Popover
      label={words.range}
      open={open}
      onOpenChange={setOpen}
      trigger={
        <FilterChip
          name={words.range}
          value={held ? value : "…"}
          onRemove={held ? () => onChange({ from: undefined, to: undefined }) : undefined}
        />
      }
    >
      {(["from", "to"] as const).map((name) => (
        <TextField
          key={name}
          type="datetime-local"
          label={words[name]}
          value={asMinutes(search[name])}
          onChange={(text) => onChange({ [name]: timeOf(text), since: undefined })}
        />
      ))}
    </Popover>
  );
}

/** A day begins at midnight. */
function asMinutes(time = ""): string {
  return time === "" || time.includes("T") ? time : `${time}T00:00`;
}

function TextFilter(props: {
  readonly held: string;
  readonly onChange: (text: string | undefined) => void;
  readonly children: React.ReactNode;
}) {
  const { held, onChange } = props;
  const [typed, setTyped] = useState(held);
  const [shownFor, setShownFor] = useState(held);
  if (shownFor !== held) {
    // the address changed by other means: a link, the way back
    setShownFor(held);
    setTyped(held);
  }
  useEffect(() => {
    if (typed === held) return;
    const timer = setTimeout(() => onChange(typed || undefined), typingPause);
    return () => clearTimeout(timer);
  }, [typed, held, onChange]);
  return (
    <SearchField
      label={words.searchLabel}
      placeholder={words.search}
      value={typed}
      onChange={setTyped}
      onSubmit={() => onChange(typed || undefined)}
    >
      {props.children}
    </SearchField>
  );
}

function NoEvents({ filtered }: { readonly filtered: boolean }) {
  if (!filtered) {
    return (
      <EmptyState icon="book" title={words.emptyTitle}>
        {words.emptyText}
      </EmptyState>
    );
  }
  return (
    <EmptyState
      icon="filter"
      title={words.noneTitle}
      actions={<ButtonLink href={links.events()}>{words.showAll}</ButtonLink>}
    >
      {words.noneText}
    </EmptyState>
  );
}
