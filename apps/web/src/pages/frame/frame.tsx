import { useQueryClient } from "@tanstack/react-query";
import { useLocation } from "@tanstack/react-router";
import { AuditService } from "@tributary/proto/tributary/v1/audit_pb";
import { SecretService } from "@tributary/proto/tributary/v1/secrets_pb";
import type { GetSessionResponse } from "@tributary/proto/tributary/v1/sessions_pb";
import { StagedFileService } from "@tributary/proto/tributary/v1/staged_files_pb";
import { SystemService } from "@tributary/proto/tributary/v1/system_pb";
import { TokenService } from "@tributary/proto/tributary/v1/tokens_pb";
import { type ReactNode, useState } from "react";

import { obstacleOf, useSession } from "#api/use-session.ts";
import { useConnection } from "#api/use-watch.ts";
import { formatCount } from "#lib/format.ts";
import { type Counts, useCounts } from "#pages/frame/use-counts.ts";
import { useCrumbs } from "#pages/frame/use-crumbs.tsx";
import { WhoAmI } from "#pages/frame/who-am-i.tsx";
import { links } from "#pages/links.ts";
import { ofProject } from "#pages/of-project.ts";
import { FaceContext, type PageFace } from "#pages/parts/use-page.ts";
import { navStrings } from "#pages/strings/nav-strings.ts";
import { AppShell } from "#ui/app-shell.tsx";
import type { NavGroup } from "#ui/nav-rail.tsx";

const noFace: PageFace = { title: "", crumbs: [] };

/** The frame around every page: navigation with live numbers, where the reader is, and the connection. */
export function Frame(props: {
  /** The page fills the window and scrolls inside. */
  readonly fill: boolean;
  /** Names the page; a new one begins at its top. */
  readonly pageKey: string;
  /** Whose lists the navigation leads to; undefined for all. */
  readonly project: string | undefined;
  readonly onSearch: () => void;
  readonly onLogout: () => void;
  /** In front of the page, whichever it is. */
  readonly dialogs: ReactNode;
  readonly children: ReactNode;
}) {
  const [face, setFace] = useState(noFace);
  const path = useLocation({ select: (location) => location.pathname });
  const { project } = props;
  const nav = navGroups({ path, project, counts: useCounts(project), session: useSession() });
  const crumbs = useCrumbs(face, project);
  const client = useQueryClient();
  const logout = () => {
    client.clear();
    props.onLogout();
  };
  return (
    <AppShell
      nav={nav}
      home={links.overview()}
      who={<WhoAmI onLogout={logout} />}
      fill={props.fill}
      pageKey={props.pageKey}
      crumbs={crumbs}
      connection={useConnection()}
      onSearch={props.onSearch}
      dialogs={props.dialogs}
    >
      <FaceContext value={setFace}>{props.children}</FaceContext>
    </AppShell>
  );
}

function navGroups(shown: {
  readonly path: string;
  readonly project: string | undefined;
  readonly counts: Counts;
  readonly session: GetSessionResponse | undefined;
}): readonly NavGroup[] {
  const words = navStrings;
  const { path, session } = shown;
  const { running, failingSources } = shown.counts;
  const at = (href: string) => ({
    href: ofProject(href, shown.project),
    current: href === "/" ? path === "/" : path === href || path.startsWith(`${href}/`),
  });
  return [
    { items: [{ ...at(links.overview()), label: words.overview, icon: "flow" }] },
    {
      title: words.work,
      items: [
        { ...at(links.tasks()), label: words.tasks, icon: "tasks", ...counted(running, "running") },
        { ...at(links.executions()), label: words.executions, icon: "executions" },
        { ...at(links.sessions()), label: words.sessions, icon: "sessions" },
        { ...at(links.schedules()), label: words.schedules, icon: "clock" },
      ],
    },
    {
      title: words.definitions,
      items: [
        { ...at(links.projects()), label: words.projects, icon: "cube" },
        { ...at(links.sources()), label: words.sources, icon: "branch", ...counted(failingSources, "failed") },
        { ...at(links.dataSets()), label: words.dataSets, icon: "database" },
        { ...at(links.models()), label: words.models, icon: "share" },
        ...(mayList(session) ? [{ ...at(links.stagedFiles()), label: words.stagedFiles, icon: "file" as const }] : []),
      ],
    },
    {
      title: words.platform,
      items: [
        { ...at(links.workers()), label: words.workers, icon: "worker" },
        ...adminItems(session).map(({ href, ...item }) => ({ ...at(href), ...item })),
      ],
    },
  ];
}

/** Files of jobs belong to no project. */
function mayList(session: GetSessionResponse | undefined): boolean {
  return session === undefined || obstacleOf(session, StagedFileService.method.listStagedFiles) === undefined;
}

/** Pages that readers of other roles would find closed are not in their way. */
function adminItems(session: GetSessionResponse | undefined) {
  const items = [
    { href: links.secrets(), label: navStrings.secrets, icon: "key", method: SecretService.method.listSecrets },
    { href: links.tokens(), label: navStrings.tokens, icon: "token", method: TokenService.method.listTokens },
    { href: links.events(), label: navStrings.events, icon: "book", method: AuditService.method.listEvents },
    { href: links.settings(), label: navStrings.settings, icon: "sliders", method: SystemService.method.getStorage },
  ] as const;
  return items
    .filter(({ method }) => session === undefined || obstacleOf(session, method) === undefined)
    .map(({ method: _, ...item }) => item);
}

function counted(count: number | undefined, state: "running" | "failed") {
  return count ? { count: formatCount(count), state } : {};
}
