import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import {
  type CommitSchema,
  type FileEntrySchema,
  FileKind,
  type SourceService,
} from "@tributary/proto/tributary/v1/sources_pb";
import type { GitCommit, GitEntry } from "#core/ports/git.ts";
import type { Ports } from "#core/ports/index.ts";
import {
  type FileContent,
  listBranches,
  listCommits,
  listFolder,
  type Part,
  readSourceFile,
  type Window,
} from "#core/sources/browse-source.ts";
import { fromPageToken, toPageToken } from "#rpc/page-token.ts";

type RepositoryHandlers = Pick<
  ServiceImpl<typeof SourceService>,
  "listBranches" | "listCommits" | "listFiles" | "readFile"
>;

const entryKinds: Readonly<Record<GitEntry["kind"], FileKind>> = {
  file: FileKind.FILE,
  executable: FileKind.FILE,
  folder: FileKind.FOLDER,
  link: FileKind.LINK,
  submodule: FileKind.SUBMODULE,
};

const contentKinds: Readonly<Record<FileContent["kind"], FileKind>> = {
  text: FileKind.TEXT,
  "lfs-pointer": FileKind.LFS_POINTER,
  binary: FileKind.BINARY,
  "too-large": FileKind.FILE,
  link: FileKind.LINK,
  submodule: FileKind.SUBMODULE,
};

function fromCommit({ committedAt, ...commit }: GitCommit): MessageInitShape<typeof CommitSchema> {
  return { ...commit, commitTime: timestampFromMs(committedAt) };
}

function fromEntry({ name, kind, size }: GitEntry): MessageInitShape<typeof FileEntrySchema> {
  return { name, kind: entryKinds[kind], size: BigInt(size), executable: kind === "executable" };
}

/** The place in a list that is counted off. */
function windowOf({ pageSize, pageToken }: { readonly pageSize: number; readonly pageToken: string }, list: string) {
  const skip = Number(fromPageToken(pageToken, list)?.value ?? 0);
  const window: Window = { skip, limit: pageSize || 100 };
  const nextPageToken = ({ more }: Part<unknown>) =>
    more ? toPageToken({ value: skip + window.limit, id: 0 }, list) : "";
  return { window, nextPageToken };
}

/** What the repository of a source has. */
export function repositoryHandlers(ports: Ports): RepositoryHandlers {
  return {
    async listBranches({ sourceId, ...page }, { signal }) {
      const { window, nextPageToken } = windowOf(page, `branches ${sourceId}`);
      const branches = await listBranches(ports, sourceId, window, signal);
      const { defaultBranch } = branches;
      return {
        branches: branches.items.map(({ name, commit }) => ({
          name,
          commit: fromCommit(commit),
          isDefault: name === defaultBranch,
        })),
        nextPageToken: nextPageToken(branches),
      };
    },
    async listCommits({ sourceId, revision, ...page }, { signal }) {
      const { window, nextPageToken } = windowOf(page, `commits ${sourceId} ${revision}`);
      const commits = await listCommits(ports, { sourceId, revision }, window, signal);
      return { commits: commits.items.map(fromCommit), nextPageToken: nextPageToken(commits) };
    },
    async listFiles({ sourceId, revision, path, ...page }, { signal }) {
      const { window, nextPageToken } = windowOf(page, `files ${sourceId} ${revision} ${path}`);
      const folder = await listFolder(ports, { sourceId, revision, path }, window, signal);
      return {
        commit: fromCommit(folder.commit),
        entries: folder.items.map(fromEntry),
        nextPageToken: nextPageToken(folder),
      };
    },
    async readFile({ sourceId, revision, path }, { signal }) {
      const { commit, entry, content, problems, ...file } = await readSourceFile(
        ports,
        { sourceId, revision, path },
        signal,
      );
      return {
        commit: fromCommit(commit),
        path: file.path,
        file: { ...fromEntry(entry), kind: contentKinds[content.kind] },
        text: "text" in content ? content.text : "",
        tooLarge: content.kind === "too-large",
        problems: problems.map((problem) => ({ ...problem })),
      };
    },
  };
}
