import { useQuery } from "@connectrpc/connect-query";
import { DataSetService, DataSetState } from "@tributary/proto/tributary/v1/data_sets_pb";

import "#pages/parts/pages.css";
import { formatCount } from "#lib/format.ts";
import { dataSetColumns } from "#pages/data-sets/data-set-columns.tsx";
import { AddSource } from "#pages/parts/add-source.tsx";
import { LoadError } from "#pages/parts/load-error.tsx";
import { NoneOfProject } from "#pages/parts/none-of-project.tsx";
import { usePage } from "#pages/parts/use-page.ts";
import { inProject, useProject } from "#pages/parts/use-project.ts";
import { dataSetsStrings } from "#pages/strings/data-sets-strings.ts";
import { EmptyState } from "#ui/empty-state.tsx";
import { PageHead } from "#ui/page-head.tsx";
import { VirtualTable } from "#ui/virtual-table/virtual-table.tsx";

const words = dataSetsStrings;

/** Files that one task makes and others read: which are there, and which could not be made. */
export function DataSetsPage() {
  const project = useProject();
  const { data, error, isRefetching, refetch } = useQuery(DataSetService.method.listDataSets, {});
  const dataSets = inProject(data?.dataSets ?? [], project);
  const failed = dataSets.filter(({ state }) => state === DataSetState.FAILED).length;
  usePage(failed > 0 ? words.tab(formatCount(failed)) : words.title, [{ label: words.title }]);
  const placeholder =
    error && !data ? (
      <LoadError error={error} busy={isRefetching} onRetry={() => void refetch()} />
    ) : (
      data &&
      (project !== undefined ? (
        <NoneOfProject project={project} icon="database" />
      ) : (
        <EmptyState icon="database" title={words.emptyTitle} command={words.example} actions={<AddSource />}>
          {words.emptyText}
        </EmptyState>
      ))
    );
  return (
    <>
      <PageHead title={words.title} lead={data ? words.lead(dataSets.length) : "\u00a0"} />
      <VirtualTable
        label={words.title}
        columns={dataSetColumns}
        rows={dataSets}
        rowKey={({ id }) => id}
        rowName={({ name }) => name}
        placeholder={placeholder}
      />
    </>
  );
}
