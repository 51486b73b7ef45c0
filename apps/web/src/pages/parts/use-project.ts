import { getRouteApi } from "@tanstack/react-router";

const root = getRouteApi("__root__");

/** The project whose things alone this page is asked to show; undefined for all. */
export function useProject(): string | undefined {
  return root.useSearch({ select: ({ project }) => project });
}

/** Of some things those of a project, or all. */
export function inProject<Thing extends { readonly projectName: string }>(
  things: readonly Thing[],
  project: string | undefined,
): readonly Thing[] {
  return project === undefined ? things : things.filter(({ projectName }) => projectName === project);
}
