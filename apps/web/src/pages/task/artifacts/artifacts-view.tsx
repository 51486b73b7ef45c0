import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { type Artifact, type Task, TaskService } from "@tributary/proto/tributary/v1/tasks_pb";
import { useState } from "react";

import "#pages/task/artifacts/artifacts.css";
import { archiveAddress, artifactAddress, longestAddress } from "#api/artifact-address.ts";
import { formatBytes } from "#lib/format.ts";
import { links } from "#pages/links.ts";
import { curlCommand } from "#pages/parts/call-commands.ts";
import { LoadError } from "#pages/parts/load-error.tsx";
import { PageBody } from "#pages/parts/page-body.tsx";
import { ScrollRegion } from "#pages/parts/scroll-region.tsx";
import { hasEnded } from "#pages/parts/task-words.ts";
import { artifactStrings } from "#pages/strings/artifact-strings.ts";
import { PreviewDialog } from "#pages/task/artifacts/preview-dialog.tsx";
import { useArtifacts } from "#pages/task/artifacts/use-artifacts.ts";
import { saveFrom } from "#pages/task/save-file.ts";
import { Button, IconButton } from "#ui/button.tsx";
import { CheckCell } from "#ui/checkbox.tsx";
import { CopyButton } from "#ui/copy-button.tsx";
import { EmptyState } from "#ui/empty-state.tsx";
import { Link } from "#ui/link.tsx";
import { type MiniColumn, MiniTable } from "#ui/mini-table.tsx";
import { SearchField } from "#ui/search-field.tsx";

const words = artifactStrings;
const route = getRouteApi("/tasks/$taskId");
/** Fewer need no search. */
const searchFrom = 12;

const keyOf = ({ path, attempt }: Pick<Artifact, "path" | "attempt">) => `${attempt} ${path}`;

/** The files that the task left: a list, and in front of it what is in one of them. */
export function ArtifactsView({ task, count }: { readonly task: Task; readonly count: number }) {
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const { query, artifacts, sum } = useArtifacts(task.id, text, count);
  const navigate = useNavigate({ from: "/tasks/$taskId" });
  const { file, attempt } = route.useSearch();
  if (query.error && !query.data) {
    return (
      <PageBody>
        <LoadError error={query.error} busy={query.isRefetching} onRetry={() => void query.refetch()} />
      </PageBody>
    );
  }
  if (!query.data) return null;
  if (count === 0 && artifacts.length === 0) return <NoArtifacts task={task} />;
  const close = () =>
    void navigate({ search: (old) => ({ ...old, file: undefined, attempt: undefined }), replace: true });
  return (
    <PageBody>
      <div className="artifact-tools">
        {count >= searchFrom && (
          <SearchField label={words.find} placeholder={words.findHint} value={text} onChange={setText} />
        )}
        <span className="dim grow">{sum && words.sum(sum.total, Number(sum.totalBytes))}</span>
        <Downloads task={task} chosen={artifacts.filter((artifact) => chosen.has(keyOf(artifact)))} />
      </div>
      {artifacts.length === 0 ? (
        <p className="dim">{words.noMatch}</p>
      ) : (
        <ScrollRegion label={words.list}>
          <MiniTable
            label={words.list}
            rows={artifacts}
            rowKey={keyOf}
            columns={columnsOf(task, artifacts, chosen, setChosen)}
          />
        </ScrollRegion>
      )}
      {query.hasNextPage && (
        <Button busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {words.more}
        </Button>
      )}
      {file !== undefined && <PreviewDialog taskId={task.id} path={file} attempt={attempt ?? 0} onClose={close} />}
    </PageBody>
  );
}

/** Names go into an address, which may not be of any length. */
function Downloads({ task, chosen }: { readonly task: Task; readonly chosen: readonly Artifact[] }) {
  const address = archiveAddress(
    task.id,
    chosen.map(({ path }) => path),
  );
  if (chosen.length === 0) {
    return (
      <Button icon="download" onClick={() => saveFrom(archiveAddress(task.id, []))}>
        {words.downloadAll}
      </Button>
    );
  }
  return (
    <Button
      icon="download"
      variant="primary"
      unavailable={address.length > longestAddress ? words.tooManyChosen : undefined}
      onClick={() => saveFrom(address)}
    >
      {words.downloadChosen(chosen.length)}
    </Button>
  );
}

function columnsOf(
  task: Task,
  artifacts: readonly Artifact[],
  chosen: ReadonlySet<string>,
  choose: (keys: ReadonlySet<string>) => void,
): readonly MiniColumn<Artifact>[] {
  const all = artifacts.every((artifact) => chosen.has(keyOf(artifact)));
  const toggle = (key: string, on: boolean) => {
    const next = new Set(chosen);
    if (on) next.add(key);
    else next.delete(key);
    choose(next);
  };
  return [
    {
      id: "choose",
      head: (
        <CheckCell
          label={words.chooseAll}
          checked={all}
          mixed={!all && chosen.size > 0}
          onChange={(on) => choose(new Set(on ? artifacts.map(keyOf) : []))}
        />
      ),
      cell: (artifact) => (
        <CheckCell
          label={words.choose(artifact.path)}
          checked={chosen.has(keyOf(artifact))}
          onChange={(on) => toggle(keyOf(artifact), on)}
        />
      ),
    },
    {
      id: "path",
      head: words.path,
      cell: ({ path, attempt }) => (
        <Link className="name mono" href={links.artifact(task.id, path, attempt)}>
          {path}
        </Link>
      ),
    },
    { id: "size", head: words.size, numeric: true, cell: ({ sizeBytes }) => formatBytes(Number(sizeBytes)) },
    { id: "type", head: words.type, cell: ({ contentType }) => <span className="dim">{shortType(contentType)}</span> },
    { id: "attempt", head: words.attempt, numeric: true, cell: ({ attempt }) => attempt },
    {
      id: "download",
      head: <span className="vh">{words.download}</span>,
      cell: (artifact) => (
        <IconButton
          size="small"
          icon="download"
          label={words.downloadOf(artifact.path)}
          onClick={() => saveFrom(artifactAddress(task.id, artifact))}
        />
      ),
    },
    {
      id: "sha256",
      head: words.sha256,
      cell: ({ sha256, path }) => (
        <span className="row">
          <span className="mono faint">{sha256.slice(0, 12)}…</span>
          <CopyButton text={sha256} label={words.copySum(path)} />
        </span>
      ),
    },
  ];
}

function shortType(type: string): string {
  return type.split(";", 1)[0] ?? "";
}

function NoArtifacts({ task }: { readonly task: Task }) {
  const command = curlCommand({ method: TaskService.method.getTask, request: { id: task.id } });
  return (
    <PageBody>
      <EmptyState icon="file" title={hasEnded(task) ? words.none : words.notYet} command={command}>
        {words.noneText}
      </EmptyState>
    </PageBody>
  );
}
