import { useQuery } from "@connectrpc/connect-query";
import { useRouter } from "@tanstack/react-router";
import { ProjectService } from "@tributary/proto/tributary/v1/projects_pb";
import { type Source, SourceIssueKind, SourceService, SourceState } from "@tributary/proto/tributary/v1/sources_pb";
import type { ReactNode } from "react";

import { toMs } from "#api/time.ts";
import { formatDateTime } from "#lib/format.ts";
import { links } from "#pages/links.ts";
import { ofProject } from "#pages/of-project.ts";
import { ActLink } from "#pages/parts/act-link.tsx";
import { ProjectTasks } from "#pages/parts/project-tasks.tsx";
import { useWhyNot } from "#pages/parts/role-words.ts";
import { repositoryName, sourceGlyph, sourceWord } from "#pages/parts/source-words.ts";
import { useProject } from "#pages/parts/use-project.ts";
import { HostKeys } from "#pages/sources/host-keys.tsx";
import { SourceBranches } from "#pages/sources/source-branches.tsx";
import { SourceFile } from "#pages/sources/source-file.tsx";
import { SourceIssues } from "#pages/sources/source-issues.tsx";
import { SourceWebhook } from "#pages/sources/source-webhook.tsx";
import { SyncButton } from "#pages/sources/sync-button.tsx";
import { actsStrings } from "#pages/strings/acts-strings.ts";
import { filesStrings } from "#pages/strings/files-strings.ts";
import { sourcesStrings } from "#pages/strings/sources-strings.ts";
import { taskStrings } from "#pages/strings/task-strings.ts";
import { Address } from "#ui/address.tsx";
import { ButtonLink, IconButton } from "#ui/button.tsx";
import { Facts, KeyValues } from "#ui/facts.tsx";
import { Link } from "#ui/link.tsx";
import { Menu } from "#ui/menu.tsx";
import { RelativeTime } from "#ui/relative-time.tsx";
import { StateBadge } from "#ui/state-glyph.tsx";

const words = sourcesStrings;

/** One source: how it stands, its settings, and what can be run of it. */
export function SourcePanel({ source, onDelete }: { readonly source: Source; readonly onDelete: () => void }) {
  const name = repositoryName(source.settings?.repository ?? source.id);
  const failing = source.state === SourceState.ERROR;
  const unreadable = failing && source.issues.some(({ kind }) => kind === SourceIssueKind.PROJECT_NOT_FOUND);
  return (
    <section className="panel" aria-label={name}>
      <header className="panel-head">
        <h2>{name}</h2>
        <StateBadge state={sourceGlyph(source)}>{sourceWord(source)}</StateBadge>
        <span className="grow" />
        <PanelActs source={source} onDelete={onDelete} />
      </header>
      <div className="panel-facts">
        <SourceFacts source={source} />
      </div>
      {failing && <SourceIssues source={source} withFile />}
      <div className="panel-body">
        <div className="panel-buttons">
          {!failing && <SyncButton source={source} size="small" />}
          <ActLink
            method={SourceService.method.updateSource}
            size="small"
            icon="edit"
            href={links.editSource(source.id)}
          >
            {words.editShort}
          </ActLink>
          {(source.commit || source.seenCommit) && (
            <ButtonLink size="small" icon="rows" href={links.files(source.id)}>
              {filesStrings.title}
            </ButtonLink>
          )}
          {source.projectName && (
            <ButtonLink size="small" icon="file" href={links.project(source.id)}>
              {words.projectFile}
            </ButtonLink>
          )}
        </div>
        {unreadable && <SourceFile source={source} />}
        <Runnable source={source} />
        <SourceBranches source={source} />
        <SourceWebhook source={source} />
        <Settings source={source} />
      </div>
    </section>
  );
}

function PanelActs({ source, onDelete }: { readonly source: Source; readonly onDelete: () => void }) {
  const router = useRouter();
  const project = useProject();
  const noEdit = useWhyNot(SourceService.method.updateSource);
  const noDelete = useWhyNot(SourceService.method.deleteSource);
  const items = [
    {
      id: "edit",
      label: words.editShort,
      hint: noEdit,
      disabled: noEdit !== undefined,
      icon: "edit" as const,
      href: links.editSource(source.id),
    },
    ...(source.projectName
      ? [
          {
            id: "tasks",
            label: words.itsTasks,
            icon: "tasks" as const,
            href: links.tasks({ project: source.projectName }),
          },
        ]
      : []),
    {
      id: "delete",
      label: words.removeShort,
      hint: noDelete,
      disabled: noDelete !== undefined,
      icon: "trash" as const,
      danger: true,
      apart: true,
      onSelect: onDelete,
    },
  ];
  return (
    <>
      <Menu trigger={<IconButton size="small" icon="more" label={actsStrings.more} />} items={items} />
      <IconButton
        size="small"
        icon="close"
        label={words.closePanel}
        onClick={() => router.history.push(ofProject(links.sources(), project))}
      />
    </>
  );
}

function SourceFacts({ source }: { readonly source: Source }) {
  const committed = toMs(source.commitTime);
  return (
    <Facts>
      {source.projectName && <Link href={links.project(source.id)}>{words.project(source.projectName)}</Link>}
      {source.branch && (
        <>
          {source.branch}{" "}
          {source.commit && (
            <>
              {taskStrings.fact.at} <code>{source.commit.slice(0, 7)}</code>
            </>
          )}
        </>
      )}
      {source.commitSubject && <>“{source.commitSubject}”</>}
      {committed !== undefined && <RelativeTime at={committed} suffix={words.ago} />}
    </Facts>
  );
}

function Runnable({ source }: { readonly source: Source }) {
  const { data } = useQuery(ProjectService.method.listProjects, {}, { enabled: source.taskNames.length > 0 });
  const project = data?.projects.find(({ sourceId }) => sourceId === source.id);
  if (!project) return null;
  return (
    <>
      <h3>{words.tasksHeading}</h3>
      <ProjectTasks project={project} />
    </>
  );
}

function Settings({ source }: { readonly source: Source }) {
  const { repository = "", username = "", secretKey = "", syncInterval = "", runSchedules } = source.settings ?? {};
  const time = (at: number | undefined): ReactNode =>
    at === undefined ? <span className="faint">{words.columns.never}</span> : formatDateTime(at);
  return (
    <>
      <h3>{words.settings}</h3>
      <KeyValues
        items={[
          { key: "repository", label: words.form.repository, value: <Address text={repository} /> },
          ...(username ? [{ key: "username", label: words.form.username, value: username }] : []),
          {
            key: "secret",
            label: words.form.secret,
            value: secretKey ? (
              <Link className="link mono" href={links.secrets()}>
                {secretKey}
              </Link>
            ) : (
              <span className="faint">{words.form.noSecret}</span>
            ),
          },
          ...(source.hostKeys.length > 0
            ? [{ key: "host-keys", label: words.hostKeys.label, value: <HostKeys source={source} /> }]
            : []),
          { key: "interval", label: words.form.syncs, value: words.every(syncInterval || "5m") },
          {
            key: "schedules",
            label: words.form.schedules,
            value: runSchedules ? (
              <Link className="link" href={links.schedules()}>
                {words.form.schedulesOn}
              </Link>
            ) : (
              <span className="faint">{words.form.schedulesOff}</span>
            ),
          },
          { key: "last", label: words.lastSync, value: time(toMs(source.lastSyncTime)) },
          { key: "next", label: words.nextSync, value: time(toMs(source.nextSyncTime)) },
          { key: "added", label: words.added, value: time(toMs(source.createTime)) },
        ]}
      />
    </>
  );
}
