import { useQuery } from "@connectrpc/connect-query";
import { getRouteApi } from "@tanstack/react-router";
import { type Source, SourceService } from "@tributary/proto/tributary/v1/sources_pb";

import "#pages/parts/pages.css";
import "#pages/files/files.css";
import { isNotFound } from "#api/errors.ts";
import { FilePanel } from "#pages/files/file-panel.tsx";
import { CommitFacts, FilePath, RevisionSelect } from "#pages/files/files-head.tsx";
import { FolderList } from "#pages/files/folder-list.tsx";
import { links } from "#pages/links.ts";
import { AbsentPage } from "#pages/parts/absent-page.tsx";
import { PageBody } from "#pages/parts/page-body.tsx";
import { repositoryName } from "#pages/parts/source-words.ts";
import { usePage } from "#pages/parts/use-page.ts";
import { filesStrings } from "#pages/strings/files-strings.ts";
import { sourcesStrings } from "#pages/strings/sources-strings.ts";
import { ButtonLink } from "#ui/button.tsx";
import { EmptyState } from "#ui/empty-state.tsx";
import { PageHead } from "#ui/page-head.tsx";

const route = getRouteApi("/sources/$sourceId/files");
const words = filesStrings;
const gone = {
  icon: "branch",
  title: words.gone,
  text: words.goneText,
  list: { href: links.sources(), label: sourcesStrings.title },
} as const;

/** The repository of a source: its folders and files at a branch or a commit. */
export function FilesPage() {
  const { sourceId } = route.useParams();
  const { file, folder = parentOf(file) } = route.useSearch();
  const query = useQuery(SourceService.method.getSource, { id: sourceId });
  const source = isNotFound(query.error) ? undefined : query.data?.source;
  const name = repositoryName(source?.settings?.repository ?? sourceId);
  usePage(
    words.tab(file ?? (folder || name)),
    [
      { label: sourcesStrings.title, href: links.sources() },
      { label: name, href: links.source(sourceId) },
      { label: words.title },
    ],
    source?.projectName,
  );
  if (source) return <Repository source={source} name={name} folder={folder} />;
  return <AbsentPage title={name} query={query} gone={gone} />;
}

function parentOf(file: string | undefined): string {
  return file?.includes("/") ? file.slice(0, file.lastIndexOf("/")) : "";
}

function Repository(props: { readonly source: Source; readonly name: string; readonly folder: string }) {
  const { source, name, folder } = props;
  const { file, revision } = route.useSearch();
  const { id: sourceId } = source;
  const isRead = source.seenCommit !== "" || source.commit !== "";
  return (
    <>
      <PageHead
        title={<FilePath sourceId={sourceId} name={name} path={file ?? folder} revision={revision} />}
        facts={isRead && <CommitFacts sourceId={sourceId} revision={revision} />}
        actions={isRead && <RevisionSelect source={source} revision={revision} />}
      />
      {isRead ? (
        <div className={file === undefined ? "files" : "files files--open"}>
          <FolderList
            key={`${revision} ${folder}`}
            sourceId={sourceId}
            revision={revision}
            folder={folder}
            file={file}
          />
          <div className="files-shown">
            {file === undefined && folder !== "" ? (
              <p className="dim">{words.choose}</p>
            ) : (
              <FilePanel sourceId={sourceId} revision={revision} file={file} />
            )}
          </div>
        </div>
      ) : (
        <PageBody>
          <EmptyState
            icon="branch"
            title={words.unread}
            actions={<ButtonLink href={links.source(sourceId)}>{words.itsSource}</ButtonLink>}
          >
            {words.unreadText}
          </EmptyState>
        </PageBody>
      )}
    </>
  );
}
