import { createContext, useContext, useEffect, useLayoutEffect } from "react";

import type { Crumb } from "#ui/top-bar.tsx";

/** What the frame around a page shows of it. */
export interface PageFace {
  /** The tab's title, the state first: "Failed · train". */
  readonly title: string;
  readonly crumbs: readonly Crumb[];
  /** Of a page about one thing: name of the project that it belongs to. */
  readonly project?: string | undefined;
}

/** Takes the face of the page that is shown. */
export const FaceContext = createContext<(face: PageFace) => void>(() => {});

/** Says what the frame and the tab are to show of this page. */
export function usePage(title: string, crumbs: readonly Crumb[], project?: string): void {
  const show = useContext(FaceContext);
  const key = crumbs.map(({ label, href, note }) => [label, href, note].map(String).join("\t")).join("\n");
  // biome-ignore lint/correctness/useExhaustiveDependencies: crumbs are new objects each time; their words tell whether they changed
  useLayoutEffect(() => show({ title, crumbs, project: project || undefined }), [show, title, key, project]);
  useEffect(() => {
    document.title = `${title} · Tributary`;
  }, [title]);
}
