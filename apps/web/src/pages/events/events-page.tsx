import { useInfiniteQuery } from "@connectrpc/connect-query";
import { keepPreviousData } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { AuditOutcome, AuditService } from "@tributary/proto/tributary/v1/audit_pb";
import { useEffect, useMemo, useState } from "react";

import "#pages/events/events.css";
import "#pages/parts/pages.css";
import { formatCount } from "#lib/format.ts";
import { eventColumns } from "#pages/events/event-columns.tsx";
import { links } from "#pages/links.ts";
import { LoadError } from "#pages/parts/load-error.tsx";
import { usePage } from "#pages/parts/use-page.ts";
import { eventsStrings } from "#pages/strings/events-strings.ts";
import { ButtonLink } from "#ui/button.tsx";
import { EmptyState } from "#ui/empty-state.tsx";
import { ChipRow, ToggleChip } from "#ui/filter-chip.tsx";
import { PageHead } from "#ui/page-head.tsx";
import { SearchField } from "#ui/search-field.tsx";
import { VirtualTable } from "#ui/virtual-table/virtual-table.tsx";

const route = getRouteApi("/events");
const words = eventsStrings;
const pageSize = 100;
/** After the last key, in milliseconds. */
const typingPause = 250;

interface EventSearch {
  readonly q?: string | undefined;
  readonly outcome?: "refused" | undefined;
}

/** The audit trail: who changed what, newest first. */
export function EventsPage() {
  usePage(words.title, [{ label: words.title }]);
  const search = route.useSearch();
  const navigate = useNavigate({ from: "/events" });
  const change = (patch: EventSearch) => void navigate({ search: (old) => ({ ...old, ...patch }), replace: true });
  const { rows, more, query } = useEvents(search);
  const filtered = search.q !== undefined || search.outcome !== undefined;
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
        </ChipRow>
      </div>
      <VirtualTable
        label={words.title}
        columns={eventColumns}
        rows={rows}
        rowKey={({ id }) => id}
        rowName={({ rpc }) => rpc}
        loadingMore={query.isFetchingNextPage}
        onEndReached={() => more && void query.fetchNextPage()}
        placeholder={placeholder}
      />
    </>
  );
}

function useEvents({ q, outcome }: EventSearch) {
  const filter = {
    text: q ?? "",
    outcome: outcome === "refused" ? AuditOutcome.REFUSED : AuditOutcome.UNSPECIFIED,
  };
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
