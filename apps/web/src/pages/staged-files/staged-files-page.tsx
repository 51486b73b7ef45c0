import { useQuery } from "@connectrpc/connect-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { StagedFileService } from "@tributary/proto/tributary/v1/staged_files_pb";
import { useMemo } from "react";

import "#pages/parts/pages.css";
import { formatBytes, formatCount } from "#lib/format.ts";
import { links } from "#pages/links.ts";
import { ActLink } from "#pages/parts/act-link.tsx";
import { LoadError } from "#pages/parts/load-error.tsx";
import { usePage } from "#pages/parts/use-page.ts";
import { DeleteFile } from "#pages/staged-files/delete-file.tsx";
import { fileColumns } from "#pages/staged-files/file-columns.tsx";
import { UploadFile } from "#pages/staged-files/upload-file.tsx";
import { stagedFilesStrings } from "#pages/strings/staged-files-strings.ts";
import { EmptyState } from "#ui/empty-state.tsx";
import { PageHead } from "#ui/page-head.tsx";
import { VirtualTable } from "#ui/virtual-table/virtual-table.tsx";

const route = getRouteApi("/staged-files");
const words = stagedFilesStrings;
const shown = 1000;

/** The files that jobs of the Agent name by id. */
export function StagedFilesPage() {
  usePage(words.title, [{ label: words.title }]);
  const { act, id = "" } = route.useSearch();
  const navigate = useNavigate({ from: "/staged-files" });
  const { data, error, isRefetching, refetch } = useQuery(StagedFileService.method.listStagedFiles, {
    pageSize: shown,
  });
  const columns = useMemo(
    () => fileColumns((file) => void navigate({ search: (old) => ({ ...old, act: "delete", id: file }) })),
    [navigate],
  );
  const close = () => void navigate({ search: (old) => ({ ...old, act: undefined, id: undefined }) });
  const placeholder =
    error && !data ? (
      <LoadError error={error} busy={isRefetching} onRetry={() => void refetch()} />
    ) : (
      data && (
        <EmptyState
          icon="file"
          title={words.emptyTitle}
          command={`curl --upload-file model.py ${location.origin}/agent/files/model.py`}
          actions={<UploadLink />}
        >
          {words.emptyText}
        </EmptyState>
      )
    );
  const lead =
    data &&
    words.lead(
      `${formatCount(data.files.length)}${data.nextPageToken ? "+" : ""}`,
      formatBytes(Number(data.totalBytes)),
      data.limitBytes > 0n ? formatBytes(Number(data.limitBytes)) : "",
    );
  return (
    <>
      <PageHead title={words.title} lead={lead ?? "\u00a0"} actions={<UploadLink />} />
      <VirtualTable
        label={words.title}
        columns={columns}
        rows={data?.files ?? []}
        rowKey={(file) => file.id}
        rowName={(file) => file.id}
        placeholder={placeholder}
      />
      {data?.nextPageToken && <p className="page-body dim small">{words.first(formatCount(shown))}</p>}
      {act === "upload" && <UploadFile onClose={close} />}
      {act === "delete" && id !== "" && <DeleteFile id={id} onClose={close} />}
    </>
  );
}

function UploadLink() {
  return (
    <ActLink
      method={StagedFileService.method.uploadStagedFile}
      variant="primary"
      icon="plus"
      href={`${links.stagedFiles()}?act=upload`}
    >
      {words.upload}
    </ActLink>
  );
}
