import { type Source, SourceIssueKind, SourceState } from "@tributary/proto/tributary/v1/sources_pb";

import { sourceStrings } from "#pages/strings/source-strings.ts";
import type { State } from "#ui/state-glyph.tsx";

const glyphs: Record<SourceState, State> = {
  [SourceState.UNSPECIFIED]: "idle",
  [SourceState.PENDING]: "queued",
  [SourceState.SYNCHRONISING]: "running",
  [SourceState.SYNCHRONIZED]: "succeeded",
  [SourceState.ERROR]: "failed",
};

/** How a source is drawn: a repository that was read and holds a broken project is a problem, not a failure to reach it. */
export function sourceGlyph({ state, issues }: Source): State {
  const read = issues.length > 0 && issues.every(({ kind }) => kind === SourceIssueKind.PROJECT_NOT_FOUND);
  return state === SourceState.ERROR && read ? "problem" : glyphs[state];
}

const words: Record<SourceState, string> = {
  [SourceState.UNSPECIFIED]: "",
  [SourceState.PENDING]: sourceStrings.pending,
  [SourceState.SYNCHRONISING]: sourceStrings.synchronising,
  [SourceState.SYNCHRONIZED]: sourceStrings.synchronized,
  [SourceState.ERROR]: sourceStrings.error,
};

/** The state in a word or two; for a failed one, what kind of fault it is. */
export function sourceWord(source: Source): string {
  const kind = source.issues[0]?.kind;
  return source.state === SourceState.ERROR && kind !== undefined ? issueWord(source, kind) : words[source.state];
}

/** The kind of a fault in a word or two: a file that cannot be used is there, other than one that is not. */
export function issueWord({ seenFile }: Source, kind: SourceIssueKind): string {
  const broken = kind === SourceIssueKind.PROJECT_NOT_FOUND && seenFile !== "";
  return broken ? sourceStrings.projectBroken : issueWords[kind];
}

const issueWords: Record<SourceIssueKind, string> = {
  [SourceIssueKind.UNSPECIFIED]: sourceStrings.error,
  [SourceIssueKind.UNKNOWN]: sourceStrings.error,
  [SourceIssueKind.AUTH_FAILURE]: sourceStrings.authFailure,
  [SourceIssueKind.REPOSITORY_NOT_FOUND]: sourceStrings.repositoryNotFound,
  [SourceIssueKind.PROJECT_NOT_FOUND]: sourceStrings.projectNotFound,
  [SourceIssueKind.SECRET_NOT_FOUND]: sourceStrings.secretNotFound,
  [SourceIssueKind.HOST_KEY_CHANGED]: sourceStrings.hostKeyChanged,
};

/** What people call a repository: the path without host and ending. */
export function repositoryName(url: string): string {
  const path = /^(?:[a-z+]+:\/\/[^/]*\/|[^/@\s]+@[^:/]+:)(.+)$/i.exec(url)?.[1] ?? url;
  return path.replace(/\.git\/?$/, "").replace(/^\/+|\/+$/g, "") || url;
}
