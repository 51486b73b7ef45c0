import { useQuery } from "@connectrpc/connect-query";
import { useLocation } from "@tanstack/react-router";
import { FileKind, type ReadFileResponse, SourceService } from "@tributary/proto/tributary/v1/sources_pb";

import { toSentence } from "#api/errors.ts";
import { formatBytes } from "#lib/format.ts";
import { CodeText } from "#pages/files/code-text.tsx";
import { Declared } from "#pages/files/declared.tsx";
import { links } from "#pages/links.ts";
import { FileText, problemCount } from "#pages/parts/file-text.tsx";
import { filesStrings } from "#pages/strings/files-strings.ts";
import { Facts } from "#ui/facts.tsx";

const words = filesStrings;

interface FilePanelProps {
  readonly sourceId: string;
  readonly revision: string | undefined;
  /** Unset: the project file. */
  readonly file: string | undefined;
}

/** One file of a repository at a revision; the project file with what is wrong in it, and what it declares. */
export function FilePanel({ sourceId, revision, file }: FilePanelProps) {
  const { data, error } = useQuery(
    SourceService.method.readFile,
    { sourceId, revision: revision ?? "", path: file ?? "" },
    { retry: false },
  );
  const line = useLocation({ select: ({ hash }) => /^L(\d{1,7})$/.exec(hash)?.[1] });
  if (error && file === undefined) return <p className="dim">{words.noProjectFile}</p>;
  if (error) {
    return (
      <p role="alert" className="problem-text">
        {toSentence(error)}
      </p>
    );
  }
  if (!data) return null;
  const isProjectFile = data.path === "ame.yaml" || data.path === "ame.yml";
  const lines = data.text === "" ? 0 : data.text.replace(/\n$/, "").split("\n").length;
  return (
    <article className="file-panel" aria-label={data.path}>
      {file === undefined && <h2 className="mono">{data.path}</h2>}
      <Facts>
        {formatBytes(Number(data.file?.size ?? 0))}
        {lines > 0 && words.lines(lines)}
        {data.file?.executable && words.executable}
        {isProjectFile && (problemCount(data.problems) || words.noProblems)}
      </Facts>
      {isProjectFile && data.problems.every(({ warning }) => warning) && (
        <Declared sourceId={sourceId} revision={revision} />
      )}
      <Content
        answer={data}
        isProjectFile={isProjectFile}
        href={links.files(sourceId, { revision, file: data.path })}
        line={line === undefined ? undefined : Number(line)}
      />
    </article>
  );
}

/** What is said of a file in place of its text. */
const noText: Partial<Record<FileKind, string>> = {
  [FileKind.BINARY]: words.binary,
  [FileKind.LINK]: words.link,
  [FileKind.SUBMODULE]: words.submoduleText,
};

function Content(props: {
  readonly answer: ReadFileResponse;
  readonly isProjectFile: boolean;
  readonly href: string;
  readonly line: number | undefined;
}) {
  const { answer, isProjectFile, href, line } = props;
  const { file, text, path, problems, tooLarge } = answer;
  const kind = file?.kind ?? FileKind.TEXT;
  const instead = tooLarge ? words.tooLarge : (noText[kind] ?? (text === "" ? words.emptyFile : undefined));
  if (instead !== undefined) return <p className="dim">{instead}</p>;
  if (isProjectFile) return <FileText text={text} name={path} problems={problems} />;
  return (
    <>
      {kind === FileKind.LFS_POINTER && <p className="dim">{words.lfs}</p>}
      <CodeText key={path} text={text} name={path} href={href} line={line} />
    </>
  );
}
