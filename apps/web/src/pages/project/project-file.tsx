import { useQuery } from "@connectrpc/connect-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { type GetProjectResponse, ProjectService } from "@tributary/proto/tributary/v1/projects_pb";
import { SourceService } from "@tributary/proto/tributary/v1/sources_pb";

import { toSentence } from "#api/errors.ts";
import { FileText, problemCount } from "#pages/parts/file-text.tsx";
import { useBranches } from "#pages/parts/use-branches.ts";
import { projectStrings } from "#pages/strings/project-strings.ts";
import { Panel } from "#ui/board.tsx";
import { QuietSelect } from "#ui/select.tsx";

const route = getRouteApi("/projects/$projectId");
const words = projectStrings;
const synced = "";

/** The project file of a project, as it was read, or at a branch of its source. */
export function ProjectFile({ id, kept }: { readonly id: string; readonly kept: GetProjectResponse }) {
  const { revision = synced } = route.useSearch();
  const sourceId = kept.project?.sourceId ?? "";
  const at = useQuery(ProjectService.method.getProject, { id, revision }, { enabled: revision !== synced });
  const shown = revision === synced ? kept : at.data;
  const { fileText = "", fileProblems = [], commit = "" } = shown ?? {};
  const facts = [
    fileText && words.fileLines(fileText.trimEnd().split("\n").length),
    revision !== synced && commit.slice(0, 7),
    problemCount(fileProblems),
  ].filter((fact) => fact);
  return (
    <Panel
      span={12}
      title={words.file}
      sub={facts.join(", ")}
      more={sourceId === "" ? undefined : <RevisionSelect sourceId={sourceId} revision={revision} />}
    >
      {at.error && revision !== synced ? <p className="problem-text">{toSentence(at.error)}</p> : null}
      {shown && fileText === "" && <p className="dim">{revision === synced ? words.noFile : words.noFileThere}</p>}
      {fileText !== "" && <FileText text={fileText} name={words.file} problems={fileProblems} />}
    </Panel>
  );
}

function RevisionSelect({ sourceId, revision }: { readonly sourceId: string; readonly revision: string }) {
  const navigate = useNavigate();
  const { data } = useQuery(SourceService.method.getSource, { id: sourceId });
  const { branches } = useBranches(data?.source, 200);
  const names = new Set([...branches.map(({ name }) => name), ...(revision === synced ? [] : [revision])]);
  const options = [{ value: synced, label: words.asRead }, ...[...names].map((name) => ({ value: name, label: name }))];
  return (
    <QuietSelect
      label={words.revision}
      value={revision}
      options={options}
      onChange={(next) =>
        void navigate({ to: ".", search: (old) => ({ ...old, revision: next === synced ? undefined : next }) })
      }
    />
  );
}
