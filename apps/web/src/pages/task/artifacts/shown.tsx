import { type PreviewArtifactResponse, PreviewKind } from "@tributary/proto/tributary/v1/artifacts_pb";
import type { Artifact } from "@tributary/proto/tributary/v1/tasks_pb";
import { useState } from "react";

import { shownAddress } from "#api/artifact-address.ts";
import { artifactStrings } from "#pages/strings/artifact-strings.ts";
import { TablePart } from "#pages/task/artifacts/table-part.tsx";
import { CodeBlock } from "#ui/code-block.tsx";

const words = artifactStrings;
/** Browsers read these whole. */
const largestShown = 32 * 2 ** 20;

interface ShownProps {
  readonly taskId: number;
  readonly preview: PreviewArtifactResponse;
  /** Counted from 1. */
  readonly part: number;
  /** The first column that is shown of a table. */
  readonly first: number;
  readonly onColumn: (first: number) => void;
}

/** A part of a file, as what it is. */
export function Shown({ taskId, preview, part, first, onColumn }: ShownProps) {
  const { artifact, kind, table } = preview;
  if (!artifact) return null;
  switch (kind) {
    case PreviewKind.TABLE:
      return table ? <TablePart path={artifact.path} table={table} first={first} onColumn={onColumn} /> : null;
    case PreviewKind.IMAGE:
      return <Picture taskId={taskId} artifact={artifact} />;
    case PreviewKind.HTML:
      return <SandboxedPage taskId={taskId} artifact={artifact} />;
    case PreviewKind.BINARY:
      return <p className="dim">{words.binary(artifact.contentType)}</p>;
    default:
      return <TextPart preview={preview} path={artifact.path} part={part} />;
  }
}

function TextPart({
  preview: { kind, text, nextPageToken },
  path,
  part,
}: {
  readonly preview: PreviewArtifactResponse;
  readonly path: string;
  readonly part: number;
}) {
  if (text === "") return <p className="dim">{words.emptyFile}</p>;
  const whole = part === 1 && nextPageToken === "";
  const json = kind === PreviewKind.JSON && whole ? indented(text) : undefined;
  return (
    <>
      {kind === PreviewKind.JSON && json === undefined && (
        <p className="dim">{whole ? words.notJson : words.jsonPart}</p>
      )}
      {!whole && <p className="dim">{words.part(part)}</p>}
      <CodeBlock code={json ?? text} label={words.contents(path)} />
    </>
  );
}

function indented(text: string): string | undefined {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return undefined;
  }
}

function Picture({ taskId, artifact }: { readonly taskId: number; readonly artifact: Artifact }) {
  const [broken, setBroken] = useState(false);
  if (artifact.sizeBytes > largestShown) return <p className="dim">{words.pictureTooLarge}</p>;
  if (broken) return <p className="dim">{words.noPicture}</p>;
  return <img src={shownAddress(taskId, artifact)} alt={artifact.path} onError={() => setBroken(true)} />;
}

function SandboxedPage({ taskId, artifact }: { readonly taskId: number; readonly artifact: Artifact }) {
  if (artifact.sizeBytes > largestShown) return <p className="dim">{words.pageTooLarge}</p>;
  return (
    <>
      <p className="dim">{words.inSandbox}</p>
      <iframe title={words.contents(artifact.path)} sandbox="allow-scripts" src={shownAddress(taskId, artifact)} />
    </>
  );
}
