import { artifactBytes } from "#core/artifacts/artifact-bytes.ts";
import { isParquet, kindByName, type PreviewKind } from "#core/artifacts/content-type.ts";
import { looksLikeText, readText } from "#core/artifacts/read-text.ts";
import type { Ports } from "#core/ports/index.ts";
import type { RowPlace, TableAsk, TablePage } from "#core/ports/tables.ts";
import { findArtifact } from "#core/tasks/find-artifact.ts";
import type { Artifact, TaskId } from "#core/tasks/task.ts";

export interface PreviewAsk {
  readonly taskId: TaskId;
  readonly path: string;
  /** 0 for the last. */
  readonly attempt: number;
  /** Shows the text of what would be shown otherwise. */
  readonly asText: boolean;
  /** A place that a page before has told as the next. */
  readonly at?: RowPlace;
  readonly table: Omit<TableAsk, "at">;
}

export interface Preview {
  readonly artifact: Artifact;
  readonly kind: PreviewKind;
  /** For `text` and `json`. */
  readonly text?: string;
  /** For `table`. */
  readonly table?: TablePage;
  /** Where the next page begins; unset at the end. */
  readonly next?: RowPlace;
}

/**
 * What people are shown of a file that a task has left: a page of it at most, whatever its size. Images and pages of HTML
 * are only named: browsers ask for their bytes themselves.
 *
 * @throws RefusedError `not-found` for an unknown task or file, or one whose bytes have gone
 */
export async function previewArtifact(
  ports: Pick<Ports, "store" | "objects" | "tables">,
  ask: PreviewAsk,
  signal: AbortSignal,
): Promise<Preview> {
  const artifact = await findArtifact(ports, ask);
  const file = artifactBytes(ports, artifact);
  const named = kindByName(artifact.path);
  const kind = ask.asText || named === undefined || named === "text" || named === "json" ? undefined : named;
  if (kind === "table") {
    const format = isParquet(artifact.path) ? "parquet" : "csv";
    const table = await ports.tables.read(format, file, { ...ask.table, ...(ask.at && { at: ask.at }) }, signal);
    return { artifact, kind, table, ...(table.next && { next: table.next }) };
  }
  if (kind !== undefined) return { artifact, kind };
  if (!(await looksLikeText(file))) return { artifact, kind: "binary" };
  const { text, next } = await readText(file, ask.at?.offset ?? 0);
  const shown = named === "json" && !ask.asText ? "json" : "text";
  return { artifact, kind: shown, text, ...(next !== undefined && { next: { row: 0, offset: next } }) };
}
