import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import { type ArtifactService, PreviewKind, type TableSchema } from "@tributary/proto/tributary/v1/artifacts_pb";
import type { PreviewKind as ShownAs } from "#core/artifacts/content-type.ts";
import { listArtifacts } from "#core/artifacts/list-artifacts.ts";
import { previewArtifact } from "#core/artifacts/preview-artifact.ts";
import type { Ports } from "#core/ports/index.ts";
import type { TablePage } from "#core/ports/tables.ts";
import { fromArtifact } from "#facades/tributary/translate-tasks.ts";
import { fromPageToken, toPageToken } from "#rpc/page-token.ts";

const kinds: Readonly<Record<ShownAs, PreviewKind>> = {
  text: PreviewKind.TEXT,
  json: PreviewKind.JSON,
  table: PreviewKind.TABLE,
  image: PreviewKind.IMAGE,
  html: PreviewKind.HTML,
  binary: PreviewKind.BINARY,
};

export function artifactHandlers(ports: Ports): ServiceImpl<typeof ArtifactService> {
  return {
    async listArtifacts({ taskId, attempt, text, pageSize, pageToken }) {
      const list = JSON.stringify(["artifacts", taskId, attempt, text]);
      const after = fromPageToken(pageToken, list);
      const limit = pageSize || 100;
      const { artifacts, total, totalBytes } = await listArtifacts(ports, {
        taskId,
        limit,
        ...(attempt > 0 && { attempt }),
        ...(text !== "" && { text }),
        ...(after && { after: { path: String(after.value), attempt: after.id } }),
      });
      const last = artifacts.length === limit ? artifacts.at(-1) : undefined;
      return {
        artifacts: artifacts.map(fromArtifact),
        nextPageToken: last ? toPageToken({ value: last.path, id: last.attempt }, list) : "",
        total,
        totalBytes: BigInt(totalBytes),
      };
    },
    async previewArtifact({ taskId, path, attempt, asText, pageToken, ...rows }, { signal }) {
      // A place in a file is one in its bytes: of another attempt it may be in the middle of a row.
      const list = JSON.stringify(["preview", taskId, path, attempt, asText]);
      const at = fromPageToken(pageToken, list);
      const table = {
        rows: rows.pageSize || 100,
        firstColumn: rows.firstColumn,
        columns: rows.columnCount || 50,
      };
      const place = at && { at: { row: at.id, offset: Number(at.value) } };
      const preview = await previewArtifact(ports, { taskId, path, attempt, asText, table, ...place }, signal);
      return {
        artifact: fromArtifact(preview.artifact),
        kind: kinds[preview.kind],
        text: preview.text ?? "",
        ...(preview.table && { table: fromTable(preview.table) }),
        nextPageToken: preview.next ? toPageToken({ value: preview.next.offset, id: preview.next.row }, list) : "",
      };
    },
  };
}

function fromTable({ columns, columnCount, rows, firstRow, rowCount, problem }: TablePage) {
  return {
    columns: columns.map(({ name, type }) => ({ name, type })),
    columnCount,
    rows: rows.map((cells) => ({
      cells: cells.map(({ text, cut }) => ({ ...(text !== undefined && { text }), cut: cut ?? false })),
    })),
    firstRow: BigInt(firstRow),
    ...(rowCount !== undefined && { rowCount: BigInt(rowCount) }),
    problem: problem ?? "",
  } satisfies MessageInitShape<typeof TableSchema>;
}
