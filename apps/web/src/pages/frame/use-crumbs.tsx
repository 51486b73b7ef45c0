import { useLocation, useNavigate, useRouter } from "@tanstack/react-router";

import { ProjectSwitch } from "#pages/frame/project-switch.tsx";
import { isOfProjects, ofProject } from "#pages/of-project.ts";
import type { PageFace } from "#pages/parts/use-page.ts";
import { useProject } from "#pages/parts/use-project.ts";
import type { Crumb } from "#ui/top-bar.tsx";

/**
 * Where the reader is, below the project whose things the page shows.
 *
 * @param kept - the project that lists are shown of
 */
export function useCrumbs(face: PageFace, kept: string | undefined): readonly Crumb[] {
  const here = useProject();
  const pathname = useLocation({ select: (location) => location.pathname });
  const choose = useChooseProject(pathname);
  const shown = isOfProjects(pathname) ? here : face.project;
  return [
    { label: "", control: <ProjectSwitch project={shown} onChoose={choose} /> },
    ...face.crumbs.map((crumb) => ({ ...crumb, href: crumb.href && ofProject(crumb.href, kept) })),
  ];
}

/** The same list of another project; from a page that is no such list to the one above it, or to the overview. */
function useChooseProject(pathname: string): (name: string | undefined) => void {
  const router = useRouter();
  const navigate = useNavigate();
  const section = `/${pathname.split("/")[1] ?? ""}`;
  const list = isOfProjects(section) ? section : "/";
  return (name) => {
    if (pathname === list) void navigate({ to: ".", search: (old) => ({ ...old, project: name }) });
    else router.history.push(ofProject(list, name));
  };
}
