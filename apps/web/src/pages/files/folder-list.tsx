import { useInfiniteQuery } from "@connectrpc/connect-query";
import { type FileEntry, FileKind, SourceService } from "@tributary/proto/tributary/v1/sources_pb";

import { toSentence } from "#api/errors.ts";
import { formatBytes } from "#lib/format.ts";
import { type FilePlace, links } from "#pages/links.ts";
import { filesStrings } from "#pages/strings/files-strings.ts";
import { Button } from "#ui/button.tsx";
import { Icon } from "#ui/icons.tsx";
import { Link } from "#ui/link.tsx";

const words = filesStrings;

interface FolderListProps {
  readonly sourceId: string;
  readonly revision: string | undefined;
  /** From the root; empty for the root itself. */
  readonly folder: string;
  /** The file of it that is shown. */
  readonly file: string | undefined;
}

/** What a folder has: folders first, each entry with an address of its own. */
export function FolderList({ sourceId, revision, folder, file }: FolderListProps) {
  const { data, error, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery(
    SourceService.method.listFiles,
    { sourceId, revision: revision ?? "", path: folder, pageSize: 500, pageToken: "" },
    { pageParamKey: "pageToken", getNextPageParam: (page) => page.nextPageToken || undefined, retry: false },
  );
  const place = (at: FilePlace) => links.files(sourceId, { revision, ...at });
  const entries = data?.pages.flatMap((page) => page.entries) ?? [];
  const within = (name: string) => (folder === "" ? name : `${folder}/${name}`);
  const above = folder.includes("/") ? folder.slice(0, folder.lastIndexOf("/")) : undefined;
  return (
    <nav className="folder" aria-label={words.folder(folder)}>
      <ul>
        {folder !== "" && (
          <li>
            <Link href={place({ folder: above })}>
              <Icon name="up" /> <span className="cut">{words.up}</span>
            </Link>
          </li>
        )}
        {entries.map((entry) => (
          <li key={entry.name}>
            <Entry
              entry={entry}
              current={file === within(entry.name)}
              href={place(isFolder(entry) ? { folder: within(entry.name) } : { file: within(entry.name) })}
            />
          </li>
        ))}
      </ul>
      {data && entries.length === 0 && <p className="dim">{words.emptyFolder}</p>}
      {error && (
        <p role="alert" className="problem-text">
          {toSentence(error)}
        </p>
      )}
      {hasNextPage && (
        <Button size="small" busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {words.more}
        </Button>
      )}
    </nav>
  );
}

function isFolder({ kind }: FileEntry): boolean {
  return kind === FileKind.FOLDER;
}

function Entry(props: { readonly entry: FileEntry; readonly current: boolean; readonly href: string }) {
  const { entry, current, href } = props;
  const { name, kind, size } = entry;
  return (
    <Link href={href} aria-current={current ? "page" : undefined}>
      <Icon name={isFolder(entry) ? "right" : kind === FileKind.LINK ? "link" : "file"} />
      <span className={isFolder(entry) ? "cut medium" : "cut"}>{name}</span>
      {kind === FileKind.SUBMODULE && <span className="faint">{words.submodule}</span>}
      {!isFolder(entry) && kind !== FileKind.SUBMODULE && (
        <span className="faint num">{formatBytes(Number(size))}</span>
      )}
    </Link>
  );
}
