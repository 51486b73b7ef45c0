import { useQuery } from "@connectrpc/connect-query";
import { ProjectService } from "@tributary/proto/tributary/v1/projects_pb";
import type { ReactNode } from "react";

import { links } from "#pages/links.ts";
import { RunButton } from "#pages/parts/run-button.tsx";
import { filesStrings } from "#pages/strings/files-strings.ts";
import { Link } from "#ui/link.tsx";

const words = filesStrings;

/** What the project file declares at a revision, each with the way to it; nothing where the file cannot be used. */
export function Declared(props: { readonly sourceId: string; readonly revision: string | undefined }) {
  const { sourceId, revision = "" } = props;
  const { data } = useQuery(ProjectService.method.getProject, { id: sourceId, revision }, { retry: false });
  const project = data?.project;
  if (!project) return null;
  return (
    <ul className="declared" aria-label={words.declares}>
      {project.tasks.map(({ name, problem }) => (
        <Item key={`task ${name}`} kind={words.task} name={name} href={links.tasks({ project: project.name, name })}>
          <RunButton
            size="small"
            variant="quiet"
            aria-label={words.run(name)}
            unavailable={problem || undefined}
            projectId={sourceId}
            taskName={name}
            revision={revision}
          />
        </Item>
      ))}
      {project.modelNames.map((name) => (
        <Item key={`model ${name}`} kind={words.model} name={name} href={links.model(`${project.name}/${name}`)} />
      ))}
      {project.dataSetNames.map((name) => (
        <Item key={`data set ${name}`} kind={words.dataSet} name={name} href={links.dataSets()} />
      ))}
      {project.templateNames.map((name) => (
        <Item key={`template ${name}`} kind={words.template} name={name} />
      ))}
    </ul>
  );
}

function Item(props: {
  readonly kind: string;
  readonly name: string;
  readonly href?: string;
  readonly children?: ReactNode;
}) {
  const { kind, name, href, children } = props;
  return (
    <li>
      <span className="faint">{kind}</span>
      {href === undefined ? (
        name
      ) : (
        <Link className="link" href={href}>
          {name}
        </Link>
      )}
      {children}
    </li>
  );
}
