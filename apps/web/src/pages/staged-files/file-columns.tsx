import { type StagedFile, StagedFileService } from "@tributary/proto/tributary/v1/staged_files_pb";

import { toMs } from "#api/time.ts";
import { formatBytes } from "#lib/format.ts";
import { useWhyNot } from "#pages/parts/role-words.ts";
import { stagedFilesStrings } from "#pages/strings/staged-files-strings.ts";
import { Button } from "#ui/button.tsx";
import { RelativeTime } from "#ui/relative-time.tsx";
import type { Column } from "#ui/virtual-table/columns.ts";

const words = stagedFilesStrings;

export function fileColumns(onDelete: (id: string) => void): readonly Column<StagedFile>[] {
  return [
    {
      id: "id",
      head: words.columns.id,
      width: "minmax(160px, 1fr)",
      narrow: "title",
      cell: ({ id }) => (
        <span className="mono cut" title={id}>
          {id}
        </span>
      ),
    },
    {
      id: "size",
      head: words.columns.size,
      width: "96px",
      numeric: true,
      narrow: "sub",
      cell: ({ sizeBytes }) => formatBytes(Number(sizeBytes)),
    },
    {
      id: "sha256",
      head: words.columns.sha256,
      width: "150px",
      minTable: 900,
      cell: ({ sha256 }) => (
        <span className="mono small dim cut" title={sha256}>
          {sha256.slice(0, 16)}
        </span>
      ),
    },
    {
      id: "staged",
      head: words.columns.staged,
      width: "120px",
      minTable: 700,
      cell: ({ stageTime }) => <Since at={toMs(stageTime)} />,
    },
    {
      id: "used",
      head: words.columns.used,
      width: "120px",
      minTable: 620,
      cell: ({ useTime }) => <Since at={toMs(useTime)} />,
    },
    {
      id: "acts",
      head: words.columns.acts,
      width: "96px",
      narrow: "end",
      cell: ({ id }) => <DeleteButton id={id} onDelete={onDelete} />,
    },
  ];
}

function Since({ at }: { readonly at: number | undefined }) {
  if (at === undefined || at === 0) return <span className="faint">{words.never}</span>;
  return <RelativeTime at={at} suffix={words.ago} />;
}

function DeleteButton({ id, onDelete }: { readonly id: string; readonly onDelete: (id: string) => void }) {
  const whyNot = useWhyNot(StagedFileService.method.deleteStagedFile);
  return (
    <Button
      size="small"
      variant="quiet"
      aria-label={words.removeOf(id)}
      unavailable={whyNot}
      onClick={() => onDelete(id)}
    >
      {words.remove}
    </Button>
  );
}
