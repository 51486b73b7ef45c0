import { type Artifact, type Task, TaskService } from "@tributary/proto/tributary/v1/tasks_pb";

import { artifactAddress } from "#api/artifact-address.ts";
import { formatBytes } from "#lib/format.ts";
import { curlCommand } from "#pages/parts/call-commands.ts";
import { PageBody } from "#pages/parts/page-body.tsx";
import { ScrollRegion } from "#pages/parts/scroll-region.tsx";
import { hasEnded } from "#pages/parts/task-words.ts";
import { taskStrings } from "#pages/strings/task-strings.ts";
import { saveFrom } from "#pages/task/save-file.ts";
import { IconButton } from "#ui/button.tsx";
import { CopyButton } from "#ui/copy-button.tsx";
import { EmptyState } from "#ui/empty-state.tsx";
import { MiniTable } from "#ui/mini-table.tsx";

const words = taskStrings.artifact;

function Download({ task, artifact }: { readonly task: Task; readonly artifact: Artifact }) {
  return (
    <IconButton
      size="small"
      icon="download"
      label={words.downloadOf(artifact.path)}
      onClick={() => saveFrom(artifactAddress(task.id, artifact))}
    />
  );
}

/** The files that the task left. */
export function ArtifactsView({ task, artifacts }: { readonly task: Task; readonly artifacts: readonly Artifact[] }) {
  if (artifacts.length === 0) {
    const command = curlCommand({ method: TaskService.method.getTask, request: { id: task.id } });
    return (
      <PageBody>
        <EmptyState icon="file" title={hasEnded(task) ? words.none : words.notYet} command={command}>
          {words.noneText}
        </EmptyState>
      </PageBody>
    );
  }
  return (
    <PageBody>
      <ScrollRegion label={words.list}>
        <MiniTable
          label={words.list}
          rows={artifacts}
          rowKey={({ path, attempt }) => `${attempt} ${path}`}
          columns={[
            { id: "path", head: words.path, cell: ({ path }) => <span className="mono">{path}</span> },
            { id: "size", head: words.size, numeric: true, cell: ({ sizeBytes }) => formatBytes(Number(sizeBytes)) },
            { id: "attempt", head: words.attempt, numeric: true, cell: ({ attempt }) => attempt },
            {
              id: "download",
              head: <span className="vh">{words.download}</span>,
              cell: (artifact) => <Download task={task} artifact={artifact} />,
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
          ]}
        />
      </ScrollRegion>
    </PageBody>
  );
}
