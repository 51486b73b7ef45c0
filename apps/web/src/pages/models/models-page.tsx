import { useQuery } from "@connectrpc/connect-query";
import { ModelService } from "@tributary/proto/tributary/v1/models_pb";

import "#pages/parts/pages.css";
import { formatCount } from "#lib/format.ts";
import { modelColumns } from "#pages/models/model-columns.tsx";
import { problemOf } from "#pages/models/model-words.ts";
import { AddSource } from "#pages/parts/add-source.tsx";
import { LoadError } from "#pages/parts/load-error.tsx";
import { NoneOfProject } from "#pages/parts/none-of-project.tsx";
import { usePage } from "#pages/parts/use-page.ts";
import { useProject } from "#pages/parts/use-project.ts";
import { modelsStrings } from "#pages/strings/models-strings.ts";
import { EmptyState } from "#ui/empty-state.tsx";
import { PageHead } from "#ui/page-head.tsx";
import { VirtualTable } from "#ui/virtual-table/virtual-table.tsx";

const words = modelsStrings;

/** What projects train and serve: how each model stands, and what is wrong with it. */
export function ModelsPage() {
  const project = useProject();
  const { data, error, isRefetching, refetch } = useQuery(ModelService.method.listModels, {
    projectName: project ?? "",
  });
  const models = data?.models ?? [];
  const broken = models.filter((model) => problemOf(model) !== "").length;
  usePage(broken > 0 ? words.tab(formatCount(broken)) : words.title, [{ label: words.title }]);
  const placeholder =
    error && !data ? (
      <LoadError error={error} busy={isRefetching} onRetry={() => void refetch()} />
    ) : (
      data &&
      (project !== undefined ? (
        <NoneOfProject project={project} icon="share" />
      ) : (
        <EmptyState icon="share" title={words.emptyTitle} command={words.example} actions={<AddSource />}>
          {words.emptyText}
        </EmptyState>
      ))
    );
  return (
    <>
      <PageHead title={words.title} lead={data ? words.lead(models.length) : "\u00a0"} />
      <VirtualTable
        label={words.title}
        columns={modelColumns}
        rows={models}
        rowKey={({ id }) => id}
        rowName={({ name }) => name}
        placeholder={placeholder}
      />
    </>
  );
}
