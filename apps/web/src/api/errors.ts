import { Code, ConnectError } from "@connectrpc/connect";

import { strings } from "#api/strings.ts";
import { violationsOf } from "#api/violations.ts";

/** What to tell a person about a call that failed. */
export interface Problem {
  readonly code: Code;
  readonly title: string;
  /** What happened and what to do, in the server's words where it gave any. */
  readonly message: string;
  /** What is wrong with single fields, by their path in the request such as `settings.repository`. */
  readonly fields: Readonly<Record<string, string>>;
}

interface ProblemText {
  readonly title: string;
  /** Said instead of the server's words, which are for programs here. */
  readonly message?: string;
  /** Said after the server's words. */
  readonly hint?: string;
}

const texts: Partial<Record<Code, ProblemText>> = {
  [Code.Unavailable]: strings.problem.unavailable,
  [Code.DeadlineExceeded]: strings.problem.deadline,
  [Code.Internal]: strings.problem.fault,
  [Code.NotFound]: strings.problem.notFound,
  [Code.PermissionDenied]: strings.problem.denied,
  [Code.Unauthenticated]: strings.problem.unauthenticated,
  [Code.Unimplemented]: strings.problem.unimplemented,
  [Code.InvalidArgument]: strings.problem.invalid,
  [Code.AlreadyExists]: strings.problem.exists,
  [Code.FailedPrecondition]: strings.problem.precondition,
  [Code.Aborted]: strings.problem.aborted,
  [Code.ResourceExhausted]: strings.problem.exhausted,
};

/** Turns any error of a call into words. */
export function toProblem(error: unknown): Problem {
  const failure = fromUnknown(error);
  const text: ProblemText = texts[failure.code] ?? strings.problem.other;
  const fields = Object.fromEntries(
    violationsOf(failure).map(({ path, message }) => [path, sentence(message, strings.problem.field)]),
  );
  const said = text.message ?? sentence(failure.rawMessage, text.title);
  return { code: failure.code, title: text.title, message: text.hint ? `${said} ${text.hint}` : said, fields };
}

/** One line for a place without room for a title. */
export function toSentence(error: unknown): string {
  const { fields, message } = toProblem(error);
  const first = Object.entries(fields)[0];
  return first ? `${first[0]}: ${first[1]}` : message;
}

export function isNotFound(error: unknown): boolean {
  return error !== null && error !== undefined && ConnectError.from(error).code === Code.NotFound;
}

function fromUnknown(error: unknown): ConnectError {
  // a fetch that never reached anything is a TypeError, which Connect knows no code for
  if (error instanceof TypeError) return new ConnectError(error.message, Code.Unavailable);
  const failure = ConnectError.from(error);
  const unreached = failure.code === Code.Unknown && failure.cause instanceof TypeError;
  return unreached ? new ConnectError(failure.rawMessage, Code.Unavailable) : failure;
}

function sentence(text: string, otherwise: string): string {
  const trimmed = text.trim() || otherwise;
  // what begins with an address or a field's name stays as it is written
  const isWord = /^[a-z']+[ ,]/.test(trimmed);
  const start = isWord ? trimmed.charAt(0).toUpperCase() + trimmed.slice(1) : trimmed;
  return /[.!?…]$/.test(start) ? start : `${start}.`;
}
