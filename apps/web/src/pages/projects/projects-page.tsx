import { useQuery } from "@connectrpc/connect-query";
import { useRouter } from "@tanstack/react-router";
import { type Project, ProjectService } from "@tributary/proto/tributary/v1/projects_pb";

import "#pages/parts/pages.css";
import { toMs } from "#api/time.ts";
import { formatCount } from "#lib/format.ts";
import { links } from "#pages/links.ts";
import { AddSource } from "#pages/parts/add-source.tsx";
import { LoadError } from "#pages/parts/load-error.tsx";
import { RunButton } from "#pages/parts/run-button.tsx";
import { usePage } from "#pages/parts/use-page.ts";
import { actsStrings } from "#pages/strings/acts-strings.ts";
import { projectsStrings } from "#pages/strings/projects-strings.ts";
import { EmptyState } from "#ui/empty-state.tsx";
import { Link } from "#ui/link.tsx";
import { PageHead } from "#ui/page-head.tsx";
import { RelativeTime } from "#ui/relative-time.tsx";
import type { Column } from "#ui/virtual-table/columns.ts";
import { VirtualTable } from "#ui/virtual-table/virtual-table.tsx";

const words = projectsStrings;

const columns: readonly Column<Project>[] = [
  {
    id: "name",
    head: words.columns.name,
    width: "minmax(160px, 1fr)",
    narrow: "title",
    cell: (project) => (
      <span className="td-task">
        <Link className="name" href={links.project(project.id)}>
          {project.name}
        </Link>
        <span className="why">{project.tasks.map((task) => task.name).join(", ")}</span>
      </span>
    ),
  },
  {
    id: "from",
    head: words.columns.from,
    width: "160px",
    narrow: "sub",
    cell: (project) => <Origin project={project} />,
  },
  {
    id: "tasks",
    head: words.columns.tasks,
    width: "64px",
    numeric: true,
    cell: ({ tasks }) => formatCount(tasks.length),
  },
  {
    id: "models",
    head: words.columns.models,
    width: "64px",
    numeric: true,
    minTable: 700,
    cell: ({ modelNames }) => modelNames.length || "",
  },
  {
    id: "sets",
    head: words.columns.dataSets,
    width: "76px",
    numeric: true,
    minTable: 700,
    cell: ({ dataSetNames }) => dataSetNames.length || "",
  },
  {
    id: "updated",
    head: words.columns.updated,
    width: "84px",
    narrow: "end",
    cell: (project) => <Updated at={toMs(project.updateTime)} />,
  },
  {
    id: "run",
    head: <span className="vh">{actsStrings.run}</span>,
    width: "70px",
    minTable: 560,
    cell: (project) => <RunProject project={project} />,
  },
];

function Origin({ project }: { readonly project: Project }) {
  if (!project.sourceId) return <span className="dim">{words.uploads(project.uploadCount)}</span>;
  return (
    <span className="dim cut">
      <Link href={links.source(project.sourceId)}>{words.source}</Link>{" "}
      {project.commit && <code className="faint">{project.commit.slice(0, 7)}</code>}
    </span>
  );
}

function Updated({ at }: { readonly at: number | undefined }) {
  return at === undefined ? null : <RelativeTime at={at} />;
}

function RunProject({ project }: { readonly project: Project }) {
  if (project.tasks.length === 0) return null;
  return (
    <RunButton size="small" variant="quiet" aria-label={words.run(project.name)} projectId={project.id}>
      {actsStrings.run}
    </RunButton>
  );
}

/** What sources and uploads define. */
export function ProjectsPage() {
  usePage(words.title, [{ label: words.title }]);
  const router = useRouter();
  const { data, error, isRefetching, refetch } = useQuery(ProjectService.method.listProjects, {});
  const placeholder =
    error && !data ? (
      <LoadError error={error} busy={isRefetching} onRetry={() => void refetch()} />
    ) : (
      data && <NoProjects />
    );
  return (
    <>
      <PageHead title={words.title} lead={words.lead} />
      <VirtualTable
        label={words.title}
        columns={columns}
        rows={data?.projects ?? []}
        rowKey={({ id }) => id}
        rowName={({ name }) => name}
        onOpen={({ id }) => router.history.push(links.project(id))}
        placeholder={placeholder}
      />
    </>
  );
}

function NoProjects() {
  return (
    <EmptyState icon="cube" title={words.emptyTitle} command={words.example} actions={<AddSource />}>
      {words.emptyText}
    </EmptyState>
  );
}
