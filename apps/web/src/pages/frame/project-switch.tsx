import { useQuery } from "@connectrpc/connect-query";
import { ProjectService } from "@tributary/proto/tributary/v1/projects_pb";
import { useState } from "react";

import { navStrings } from "#pages/strings/nav-strings.ts";
import { CrumbSelect } from "#ui/select.tsx";

const words = navStrings.project;

/** Says whose things the page shows, and leads to those of another project or of all. */
export function ProjectSwitch({
  project = "",
  onChoose,
}: {
  /** Its name; undefined for all. */
  readonly project: string | undefined;
  readonly onChoose: (name: string | undefined) => void;
}) {
  const [asked, setAsked] = useState(false);
  const { data } = useQuery(ProjectService.method.listProjects, {}, { enabled: asked });
  const names = new Set([...(data?.projects.map(({ name }) => name) ?? []), ...(project === "" ? [] : [project])]);
  return (
    <CrumbSelect
      label={words.label}
      value={project}
      options={[
        { value: "", label: words.all },
        ...[...names].sort((a, b) => a.localeCompare(b)).map((name) => ({ value: name, label: name })),
      ]}
      onChange={(name) => onChoose(name === "" ? undefined : name)}
      onOpen={() => setAsked(true)}
    />
  );
}
