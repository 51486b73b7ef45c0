import { useLocation } from "@tanstack/react-router";
import { useEffect, useState } from "react";

import { keepProject, readProject } from "#lib/kept-project.ts";
import { isOfProjects } from "#pages/of-project.ts";
import { useProject } from "#pages/parts/use-project.ts";

/** The project whose lists the navigation leads to: the one that the list shown is of, elsewhere the last one. */
export function useKeptProject(): string | undefined {
  const here = useProject();
  const isList = useLocation({ select: ({ pathname }) => isOfProjects(pathname) });
  const [kept, setKept] = useState(readProject);
  if (isList && kept !== here) setKept(here);
  useEffect(() => keepProject(kept), [kept]);
  return isList ? here : kept;
}
