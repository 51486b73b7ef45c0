import { type Source, type SourceIssue, SourceIssueKind } from "@tributary/proto/tributary/v1/sources_pb";

import { toMs } from "#api/time.ts";
import { links } from "#pages/links.ts";
import { issueWord, sourceGlyph } from "#pages/parts/source-words.ts";
import { fullStop } from "#pages/parts/why-detail.tsx";
import { ForgetHostKeys } from "#pages/sources/host-keys.tsx";
import { SyncButton } from "#pages/sources/sync-button.tsx";
import { projectsStrings } from "#pages/strings/projects-strings.ts";
import { sourcesStrings } from "#pages/strings/sources-strings.ts";
import { ButtonLink } from "#ui/button.tsx";
import { CodeBlock } from "#ui/code-block.tsx";
import { type Check, Explain } from "#ui/explain.tsx";
import { RelativeTime } from "#ui/relative-time.tsx";

const words = sourcesStrings.issue;

interface SourceIssuesProps {
  readonly source: Source;
  /** Its project file is shown beside. */
  readonly withFile?: boolean;
}

/** Why a source cannot be read, and the ways to mend it. */
export function SourceIssues({ source, withFile = false }: SourceIssuesProps) {
  const [first, ...others] = source.issues;
  const issue = first ?? { kind: SourceIssueKind.UNKNOWN, explanation: source.reason };
  const hasFile = issue.kind !== SourceIssueKind.PROJECT_NOT_FOUND || source.seenFile !== "";
  return (
    <Explain
      state={sourceGlyph(source)}
      say={
        <>
          <b>{issueWord(source, issue.kind)}.</b> {fullStop(issue.explanation)}
        </>
      }
      checks={[...others.map(otherIssue), ...consequences(source)]}
      actions={
        <>
          <WaysOut source={source} kind={issue.kind} withFile={withFile} />
          <SyncButton source={source} size="small" variant={hasFile ? "quiet" : "plain"} />
        </>
      }
    >
      {!hasFile && <SmallestFile />}
    </Explain>
  );
}

function SmallestFile() {
  return (
    <div className="smallest-file">
      <p className="explain-title">{words.smallest}</p>
      <CodeBlock code={projectsStrings.example} label={words.smallest} />
    </div>
  );
}

function otherIssue({ explanation }: SourceIssue): Check {
  return { state: "failed", text: explanation };
}

/** What goes on meanwhile. */
function consequences(source: Source): readonly Check[] {
  const synced = toMs(source.lastSyncTime);
  const next = toMs(source.nextSyncTime);
  return [
    ...(source.commit
      ? [
          {
            state: "problem" as const,
            text: (
              <>
                {words.stays(source.taskNames.length)} <code>{source.commit.slice(0, 7)}</code>
                {synced !== undefined && (
                  <>
                    , {words.readBefore} <RelativeTime at={synced} suffix={sourcesStrings.ago} />
                  </>
                )}
              </>
            ),
          },
        ]
      : []),
    ...(next !== undefined
      ? [
          {
            state: "queued" as const,
            text: (
              <>
                {words.nextTry} <RelativeTime at={next} />
              </>
            ),
          },
        ]
      : []),
  ];
}

function WaysOut({ source, kind, withFile }: Required<SourceIssuesProps> & { readonly kind: SourceIssueKind }) {
  const key = source.settings?.secretKey ?? "";
  const edit = links.editSource(source.id);
  switch (kind) {
    case SourceIssueKind.AUTH_FAILURE:
      return (
        <>
          {key !== "" && (
            <ButtonLink size="small" href={links.replaceSecret(key)}>
              {words.newValue}
            </ButtonLink>
          )}
          <ButtonLink size="small" href={edit}>
            {key === "" ? words.addCredentials : words.otherSecret}
          </ButtonLink>
        </>
      );
    case SourceIssueKind.SECRET_NOT_FOUND:
      return (
        <>
          <ButtonLink size="small" href={links.newSecret(key)}>
            {words.createSecret(key)}
          </ButtonLink>
          <ButtonLink size="small" href={edit}>
            {words.otherSecret}
          </ButtonLink>
        </>
      );
    case SourceIssueKind.HOST_KEY_CHANGED:
      return (
        <>
          <ForgetHostKeys source={source} />
          <ButtonLink size="small" href={edit}>
            {words.editAddress}
          </ButtonLink>
        </>
      );
    case SourceIssueKind.PROJECT_NOT_FOUND:
      return source.seenFile === "" || withFile ? null : (
        <ButtonLink size="small" href={links.source(source.id)}>
          {words.seeFile}
        </ButtonLink>
      );
    default:
      return (
        <ButtonLink size="small" href={edit}>
          {words.editAddress}
        </ButtonLink>
      );
  }
}
