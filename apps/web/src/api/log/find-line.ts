import type { MessageInitShape } from "@bufbuild/protobuf";
import { createClient, type Transport } from "@connectrpc/connect";
import { LogService, SearchEnd, type SearchLogRequestSchema } from "@tributary/proto/tributary/v1/logs_pb";

/** What of a line is asked for. */
export type LineQuery = Omit<
  MessageInitShape<typeof SearchLogRequestSchema>,
  "$typeName" | "firstLine" | "endLine" | "limit" | "backwards" | "stopAtLimit"
>;

/** The next line that the query means after a line, or the one before it, by the numbers readers see; undefined: none. */
export async function findLine(
  transport: Transport,
  query: LineQuery,
  direction: 1 | -1,
  line: number,
): Promise<number | undefined> {
  // Numbers of readers count from 1: the line after this one has this number for the server.
  const range = { firstLine: direction === 1 ? line : 0, endLine: direction === 1 ? 0 : line - 1 };
  while (direction === 1 || range.endLine > 0) {
    const request = { ...query, ...range, limit: 1, stopAtLimit: true, backwards: direction === -1 };
    const answer = await lastAnswer(transport, request);
    if (answer.found !== undefined) return answer.found + 1;
    const [reached, before] = direction === 1 ? [answer.endLine, range.firstLine] : [answer.firstLine, range.endLine];
    if (answer.end !== SearchEnd.TIME || reached === before) return undefined;
    if (direction === 1) range.firstLine = reached;
    else range.endLine = reached;
  }
  return undefined;
}

async function lastAnswer(transport: Transport, request: MessageInitShape<typeof SearchLogRequestSchema>) {
  let found: number | undefined;
  let last = { firstLine: 0, endLine: 0, end: SearchEnd.UNSPECIFIED };
  for await (const answer of createClient(LogService, transport).searchLog(request, { timeoutMs: 0 })) {
    found ??= answer.lines[0];
    last = answer;
  }
  return { ...last, found };
}
