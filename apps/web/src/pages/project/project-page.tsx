import { useQuery } from "@connectrpc/connect-query";
import { getRouteApi } from "@tanstack/react-router";
import { type GetProjectResponse, type Project, ProjectService } from "@tributary/proto/tributary/v1/projects_pb";

import "#pages/parts/pages.css";
import { isNotFound } from "#api/errors.ts";
import { toMs } from "#api/time.ts";
import { links } from "#pages/links.ts";
import { AbsentPage } from "#pages/parts/absent-page.tsx";
import { CopyAs } from "#pages/parts/copy-as.tsx";
import { ProjectTasks } from "#pages/parts/project-tasks.tsx";
import { RunButton } from "#pages/parts/run-button.tsx";
import { usePage } from "#pages/parts/use-page.ts";
import { ProjectFile } from "#pages/project/project-file.tsx";
import { RecentTasks } from "#pages/project/recent-tasks.tsx";
import { actsStrings } from "#pages/strings/acts-strings.ts";
import { projectStrings } from "#pages/strings/project-strings.ts";
import { projectsStrings } from "#pages/strings/projects-strings.ts";
import { sourcesStrings } from "#pages/strings/sources-strings.ts";
import { taskStrings } from "#pages/strings/task-strings.ts";
import { Board, Panel } from "#ui/board.tsx";
import { Facts } from "#ui/facts.tsx";
import { Link } from "#ui/link.tsx";
import { PageHead } from "#ui/page-head.tsx";
import { RelativeTime } from "#ui/relative-time.tsx";

const route = getRouteApi("/projects/$projectId");
const words = projectStrings;
const gone = {
  icon: "cube",
  title: words.gone,
  text: words.goneText,
  list: { href: links.projects(), label: words.all },
} as const;

/** One project: its tasks, what ran of it, and its file. */
export function ProjectPage() {
  const { projectId } = route.useParams();
  const query = useQuery(ProjectService.method.getProject, { id: projectId });
  const { data } = query;
  const name = data?.project?.name ?? projectId;
  usePage(
    words.tab(name),
    [{ label: projectsStrings.title, href: links.projects() }, { label: name }],
    data?.project?.name,
  );
  if (data?.project && !isNotFound(query.error)) return <ShownProject project={data.project} kept={data} />;
  return <AbsentPage title={name} query={query} gone={gone} />;
}

function ShownProject({ project, kept }: { readonly project: Project; readonly kept: GetProjectResponse }) {
  const actions = (
    <>
      <CopyAs
        calls={[
          { id: "read", label: words.copyRead, method: ProjectService.method.getProject, request: { id: project.id } },
        ]}
      />
      <RunButton
        variant="primary"
        projectId={project.id}
        unavailable={project.tasks.length === 0 ? words.noTasks : undefined}
      >
        {actsStrings.runTask}
      </RunButton>
    </>
  );
  return (
    <>
      <PageHead title={project.name} facts={<ProjectFacts project={project} />} actions={actions} />
      <Board>
        <Panel span={6} title={words.tasks}>
          {project.tasks.length === 0 ? <p className="dim">{words.noTasks}</p> : <ProjectTasks project={project} />}
          <Names
            title={words.models}
            names={project.modelNames}
            href={(name) => links.model(`${project.name}/${name}`)}
          />
          <Names title={words.dataSets} names={project.dataSetNames} />
          <Names title={words.templates} names={project.templateNames} />
        </Panel>
        <Panel
          span={6}
          title={words.recent}
          more={<Link href={links.tasks({ project: project.name })}>{words.allTasks}</Link>}
        >
          <RecentTasks projectName={project.name} />
        </Panel>
        <ProjectFile id={project.id} kept={kept} />
      </Board>
    </>
  );
}

function ProjectFacts({ project }: { readonly project: Project }) {
  const updated = toMs(project.updateTime);
  return (
    <Facts>
      {project.sourceId ? (
        <Link className="link" href={links.source(project.sourceId)}>
          {words.itsSource}
        </Link>
      ) : (
        projectsStrings.uploads(project.uploadCount)
      )}
      {project.commit && (
        <>
          {taskStrings.fact.at} <code>{project.commit.slice(0, 7)}</code>
        </>
      )}
      {updated !== undefined && (
        <>
          {words.updated} <RelativeTime at={updated} suffix={sourcesStrings.ago} />
        </>
      )}
    </Facts>
  );
}

function Names({
  title,
  names,
  href,
}: {
  readonly title: string;
  readonly names: readonly string[];
  readonly href?: (name: string) => string;
}) {
  if (names.length === 0) return null;
  return (
    <div className="names">
      <h3>{title}</h3>
      {names.map((name) => (
        <span key={name} className="tag">
          {href ? <Link href={href(name)}>{name}</Link> : name}
        </span>
      ))}
    </div>
  );
}
