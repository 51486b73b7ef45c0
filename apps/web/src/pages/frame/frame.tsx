import { useQuery } from "@connectrpc/connect-query";
import { useLocation } from "@tanstack/react-router";
import { SystemService } from "@tributary/proto/tributary/v1/system_pb";
import { type ReactNode, useState } from "react";

import { useConnection } from "#api/use-watch.ts";
import { formatCount } from "#lib/format.ts";
import { type Counts, useCounts } from "#pages/frame/use-counts.ts";
import { links } from "#pages/links.ts";
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
  readonly onSearch: () => void;
  readonly children: ReactNode;
}) {
  const [face, setFace] = useState(noFace);
  const path = useLocation({ select: (location) => location.pathname });
  const nav = navGroups(path, useCounts());
  const system = useQuery(SystemService.method.getSystem, {}).data;
  return (
    <AppShell
      nav={nav}
      home={links.overview()}
      who={system?.principal}
      fill={props.fill}
      pageKey={props.pageKey}
      crumbs={face.crumbs}
      connection={useConnection()}
      onSearch={props.onSearch}
    >
      <FaceContext value={setFace}>{props.children}</FaceContext>
    </AppShell>
  );
}

function navGroups(path: string, { running, failingSources }: Counts): readonly NavGroup[] {
  const words = navStrings;
  const at = (href: string) => ({
    href,
    current: href === "/" ? path === "/" : path === href || path.startsWith(`${href}/`),
  });
  return [
    { items: [{ ...at(links.overview()), label: words.overview, icon: "flow" }] },
    {
      title: words.work,
      items: [
        { ...at(links.tasks()), label: words.tasks, icon: "tasks", ...counted(running, "running") },
        { ...at(links.schedules()), label: words.schedules, icon: "clock" },
      ],
    },
    {
      title: words.definitions,
      items: [
        { ...at(links.projects()), label: words.projects, icon: "cube" },
        { ...at(links.sources()), label: words.sources, icon: "branch", ...counted(failingSources, "failed") },
        { ...at(links.dataSets()), label: words.dataSets, icon: "database" },
      ],
    },
    {
      title: words.platform,
      items: [
        { ...at(links.workers()), label: words.workers, icon: "worker" },
        { ...at(links.secrets()), label: words.secrets, icon: "key" },
        { ...at(links.settings()), label: words.settings, icon: "sliders" },
      ],
    },
  ];
}

function counted(count: number | undefined, state: "running" | "failed") {
  return count ? { count: formatCount(count), state } : {};
}
