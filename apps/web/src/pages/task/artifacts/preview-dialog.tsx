import { useQuery } from "@connectrpc/connect-query";
import { keepPreviousData } from "@tanstack/react-query";
import { ArtifactService, PreviewKind } from "@tributary/proto/tributary/v1/artifacts_pb";
import { useState } from "react";

import { artifactAddress } from "#api/artifact-address.ts";
import { formatBytes } from "#lib/format.ts";
import { links } from "#pages/links.ts";
import { LoadError } from "#pages/parts/load-error.tsx";
import { artifactStrings } from "#pages/strings/artifact-strings.ts";
import { Shown } from "#pages/task/artifacts/shown.tsx";
import { saveFrom } from "#pages/task/save-file.ts";
import { Button } from "#ui/button.tsx";
import { CopyButton } from "#ui/copy-button.tsx";
import { Dialog } from "#ui/dialog.tsx";

const words = artifactStrings;
/** What can be read as text as well. */
const alsoText = new Set([PreviewKind.TABLE, PreviewKind.HTML, PreviewKind.IMAGE]);
const columnsAtOnce = 50;

interface PreviewProps {
  readonly taskId: number;
  readonly path: string;
  /** 0 for the last. */
  readonly attempt: number;
  readonly onClose: () => void;
}

/** What is in a file: a part of it at a time, whatever its size. */
export function PreviewDialog({ taskId, path, attempt, onClose }: PreviewProps) {
  const [asText, setAsText] = useState(false);
  // Of each part that was shown, where it begins; the server tells where the next one does.
  const [places, setPlaces] = useState<readonly string[]>([""]);
  const [firstColumn, setFirstColumn] = useState(0);
  const { data, error, isRefetching, isPlaceholderData, refetch } = useQuery(
    ArtifactService.method.previewArtifact,
    {
      taskId,
      path,
      attempt,
      asText,
      firstColumn,
      columnCount: columnsAtOnce,
      pageToken: places.at(-1) ?? "",
    },
    { placeholderData: keepPreviousData },
  );
  const switchTo = (text: boolean) => {
    setAsText(text);
    setPlaces([""]);
  };
  const artifact = data?.artifact ?? { path, attempt };
  const textToo = asText || (data !== undefined && alsoText.has(data.kind));
  return (
    <Dialog
      open
      wide
      onClose={onClose}
      title={<span className="mono">{path}</span>}
      lead={
        data?.artifact && `${formatBytes(Number(data.artifact.sizeBytes))}, ${data.artifact.contentType.split(";")[0]}`
      }
      actions={
        <>
          {textToo && (
            <Button variant="quiet" onClick={() => switchTo(!asText)}>
              {asText ? words.asItIs : words.asText}
            </Button>
          )}
          <CopyButton
            text={new URL(links.artifact(taskId, path, artifact.attempt), location.href).href}
            icon="link"
            size="normal"
          >
            {words.copyLink}
          </CopyButton>
          <Button icon="download" variant="primary" onClick={() => saveFrom(artifactAddress(taskId, artifact))}>
            {words.download}
          </Button>
        </>
      }
    >
      <div className="artifact-preview" aria-busy={isPlaceholderData}>
        {error && !data && <LoadError error={error} busy={isRefetching} onRetry={() => void refetch()} />}
        {!error && !data && <p className="dim">{words.loading}</p>}
        {data && (
          <Shown taskId={taskId} preview={data} part={places.length} onColumn={setFirstColumn} first={firstColumn} />
        )}
        {data && (data.nextPageToken !== "" || places.length > 1) && (
          <div className="artifact-pager">
            <Button disabled={places.length < 2} onClick={() => setPlaces([""])}>
              {words.firstPart}
            </Button>
            <Button disabled={places.length < 2} onClick={() => setPlaces(places.slice(0, -1))}>
              {words.previousPart}
            </Button>
            <Button
              disabled={data.nextPageToken === "" || isPlaceholderData}
              onClick={() => setPlaces([...places, data.nextPageToken])}
            >
              {words.nextPart}
            </Button>
          </div>
        )}
      </div>
    </Dialog>
  );
}
