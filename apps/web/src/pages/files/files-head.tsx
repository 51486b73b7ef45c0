import { useQuery } from "@connectrpc/connect-query";
import { useNavigate } from "@tanstack/react-router";
import { type Source, SourceService } from "@tributary/proto/tributary/v1/sources_pb";
import { Fragment } from "react";

import { toMs } from "#api/time.ts";
import { links } from "#pages/links.ts";
import { useBranches } from "#pages/parts/use-branches.ts";
import { filesStrings } from "#pages/strings/files-strings.ts";
import { sourcesStrings } from "#pages/strings/sources-strings.ts";
import { Facts } from "#ui/facts.tsx";
import { Link } from "#ui/link.tsx";
import { RelativeTime } from "#ui/relative-time.tsx";
import { QuietSelect } from "#ui/select.tsx";

const words = filesStrings;

/** The way to a file or folder, each step a link. */
export function FilePath(props: {
  readonly sourceId: string;
  readonly name: string;
  readonly path: string;
  readonly revision: string | undefined;
}) {
  const { sourceId, name, path, revision } = props;
  const parts = path === "" ? [] : path.split("/");
  return (
    <span className="file-path">
      {parts.length === 0 ? name : <Link href={links.files(sourceId, { revision })}>{name}</Link>}
      {parts.map((part, index) => {
        const folder = parts.slice(0, index + 1).join("/");
        const isLast = index === parts.length - 1;
        return (
          <Fragment key={folder}>
            <span className="faint"> / </span>
            {isLast ? part : <Link href={links.files(sourceId, { revision, folder })}>{part}</Link>}
          </Fragment>
        );
      })}
    </span>
  );
}

/** The commit that is looked at. */
export function CommitFacts(props: { readonly sourceId: string; readonly revision: string | undefined }) {
  const { sourceId, revision = "" } = props;
  const { data } = useQuery(SourceService.method.listCommits, { sourceId, revision, pageSize: 1 }, { retry: false });
  const [commit] = data?.commits ?? [];
  const at = toMs(commit?.commitTime);
  return (
    <Facts>
      {commit && <code>{commit.id.slice(0, 7)}</code>}
      {commit && <>“{commit.subject}”</>}
      {commit?.author}
      {at !== undefined && <RelativeTime at={at} suffix={sourcesStrings.ago} />}
    </Facts>
  );
}

/** Chooses among the branches; a commit of the address is among them. */
export function RevisionSelect(props: { readonly source: Source; readonly revision: string | undefined }) {
  const { source, revision = "" } = props;
  const navigate = useNavigate();
  const { branches } = useBranches(source, 200);
  const names = new Set([...branches.map(({ name }) => name), ...(revision === "" ? [] : [revision])]);
  const options = [
    { value: "", label: words.synced(source.commit.slice(0, 7)) },
    ...[...names].map((name) => ({ value: name, label: /^[0-9a-f]{40}$/.test(name) ? name.slice(0, 7) : name })),
  ];
  const choose = (next: string) =>
    void navigate({ to: ".", search: (old) => ({ ...old, revision: next === "" ? undefined : next }) });
  return <QuietSelect label={words.revision} value={revision} options={options} onChange={choose} />;
}
