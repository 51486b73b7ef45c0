import { useNavigate } from "@tanstack/react-router";

import { navStrings } from "#pages/strings/nav-strings.ts";
import { Button } from "#ui/button.tsx";
import { EmptyState } from "#ui/empty-state.tsx";
import type { IconName } from "#ui/icons.tsx";

const words = navStrings.project;

/** A list that has nothing of the project that it is asked to show alone. */
export function NoneOfProject({ project, icon }: { readonly project: string; readonly icon: IconName }) {
  const navigate = useNavigate();
  const showAll = () => void navigate({ to: ".", search: (old) => ({ ...old, project: undefined }) });
  return (
    <EmptyState icon={icon} title={words.none(project)} actions={<Button onClick={showAll}>{words.showAll}</Button>}>
      {words.noneText}
    </EmptyState>
  );
}
