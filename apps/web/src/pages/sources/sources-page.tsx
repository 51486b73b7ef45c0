import { useQuery } from "@connectrpc/connect-query";
import { getRouteApi, useNavigate, useParams, useRouter } from "@tanstack/react-router";
import { type Source, SourceService, SourceState } from "@tributary/proto/tributary/v1/sources_pb";
import { type ReactNode, useCallback, useState } from "react";

import "#pages/parts/pages.css";
import "#pages/sources/sources.css";
import { formatCount } from "#lib/format.ts";
import { links } from "#pages/links.ts";
import { ofProject } from "#pages/of-project.ts";
import { ActLink } from "#pages/parts/act-link.tsx";
import { curlCommand } from "#pages/parts/call-commands.ts";
import { Gone } from "#pages/parts/gone.tsx";
import { LoadError } from "#pages/parts/load-error.tsx";
import { NoneOfProject } from "#pages/parts/none-of-project.tsx";
import { PageBody } from "#pages/parts/page-body.tsx";
import { repositoryName, sourceWord } from "#pages/parts/source-words.ts";
import { usePage } from "#pages/parts/use-page.ts";
import { inProject, useProject } from "#pages/parts/use-project.ts";
import { sourceColumns } from "#pages/sources/source-columns.tsx";
import { AddSource, DeleteSource, EditSource } from "#pages/sources/source-dialogs.tsx";
import { SourceIssues } from "#pages/sources/source-issues.tsx";
import { SourcePanel } from "#pages/sources/source-panel.tsx";
import { SyncAllButton } from "#pages/sources/sync-all-button.tsx";
import { sourcesStrings } from "#pages/strings/sources-strings.ts";
import { EmptyState } from "#ui/empty-state.tsx";
import { PageHead } from "#ui/page-head.tsx";
import { VirtualTable } from "#ui/virtual-table/virtual-table.tsx";

const route = getRouteApi("/sources");
const words = sourcesStrings;

/** Git repositories that are kept in step: how each stands, and one of them beside the list. */
export function SourcesPage() {
  const { sourceId } = useParams({ strict: false });
  const { act } = route.useSearch();
  const navigate = useNavigate();
  const query = useQuery(SourceService.method.listSources, {});
  const project = useProject();
  const sources = inProject(query.data?.sources ?? [], project);
  const source = query.data?.sources.find(({ id }) => id === sourceId);
  const name = source && repositoryName(source.settings?.repository ?? source.id);
  usePage(source ? `${sourceWord(source)} · ${name}` : words.title, [
    { label: words.title, href: links.sources() },
    ...(sourceId === undefined ? [] : [{ label: name ?? sourceId }]),
  ]);
  const setAct = (next: "delete" | undefined) => void navigate({ to: ".", search: (old) => ({ ...old, act: next }) });
  const close = () => setAct(undefined);
  return (
    <div className={`split ${sourceId === undefined ? "" : "split--open"}`}>
      {/* narrow screens show the panel without the list and its heading */}
      {sourceId !== undefined && <h1 className="vh split-heading">{name ?? sourceId}</h1>}
      <div className="split-list">
        <ListHead sources={sources} known={query.data !== undefined} />
        <SourceTable
          sources={sources}
          current={sourceId}
          placeholder={
            query.error && !query.data ? (
              <LoadError error={query.error} busy={query.isRefetching} onRetry={() => void query.refetch()} />
            ) : (
              query.data && (project === undefined ? <NoSources /> : <NoneOfProject project={project} icon="branch" />)
            )
          }
        />
      </div>
      {sourceId !== undefined &&
        query.data &&
        (source ? (
          <SourcePanel key={source.id} source={source} onDelete={() => setAct("delete")} />
        ) : (
          <NoSource id={sourceId} />
        ))}
      {act === "add" && <AddSource onClose={close} />}
      {act === "edit" && source && <EditSource source={source} onClose={close} />}
      {act === "delete" && source && <DeleteSource source={source} onClose={close} />}
    </div>
  );
}

function ListHead({ sources, known }: { readonly sources: readonly Source[]; readonly known: boolean }) {
  const tasks = sources.reduce((sum, { taskNames }) => sum + taskNames.length, 0);
  const failing = sources.filter(({ state }) => state === SourceState.ERROR).length;
  return (
    <PageHead
      title={words.title}
      lead={known ? words.lead(formatCount(sources.length), formatCount(tasks), formatCount(failing)) : "\u00a0"}
      actions={
        <>
          {sources.length > 1 && <SyncAllButton sources={sources} />}
          <ActLink method={SourceService.method.createSource} variant="primary" icon="plus" href={links.addSource()}>
            {words.addShort}
          </ActLink>
        </>
      }
    />
  );
}

function SourceTable({
  sources,
  current,
  placeholder,
}: {
  readonly sources: readonly Source[];
  readonly current: string | undefined;
  readonly placeholder: ReactNode;
}) {
  const router = useRouter();
  const project = useProject();
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  // beside its own panel, which says the same, a fault need not be told in the list
  const failing = sources.filter(
    ({ id, state }) => state === SourceState.ERROR && !folded.has(id) && current === undefined,
  );
  const fold = useCallback((id: string) => setFolded((old) => new Set([...old, id])), []);
  return (
    <VirtualTable
      label={words.title}
      columns={sourceColumns}
      rows={sources}
      rowKey={({ id }) => id}
      rowName={({ settings, id }) => repositoryName(settings?.repository ?? id)}
      currentKey={current}
      onOpen={({ id }) => {
        fold(id);
        router.history.push(ofProject(links.source(id), project));
      }}
      expanded={new Set(failing.map(({ id }) => id))}
      detail={(source) => <SourceIssues source={source} />}
      placeholder={placeholder}
    />
  );
}

function NoSources() {
  const command = curlCommand({
    method: SourceService.method.createSource,
    request: { settings: { repository: "https://git.example.com/team/project.git" } },
  });
  const add = (
    <ActLink method={SourceService.method.createSource} variant="primary" icon="plus" href={links.addSource()}>
      {words.addShort}
    </ActLink>
  );
  return (
    <EmptyState icon="branch" title={words.emptyTitle} command={command} actions={add}>
      {words.emptyText}
    </EmptyState>
  );
}

function NoSource({ id }: { readonly id: string }) {
  return (
    <section className="panel" aria-label={words.gone}>
      <PageBody>
        <Gone
          icon="branch"
          title={words.gone}
          text={words.goneText(id)}
          list={{ href: links.sources(), label: words.all }}
        />
      </PageBody>
    </section>
  );
}
