import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  type LogSizeSchema,
  SearchEnd,
  type SearchLogRequest,
  type SearchLogResponseSchema,
  type LogStream as WireStream,
} from "@tributary/proto/tributary/v1/logs_pb";
import { RefusedError } from "#core/errors.ts";
import type { LogStream } from "#core/logs/log.ts";
import type { LogQuery, SearchProgress } from "#core/logs/log-query.ts";
import type { TaskId } from "#core/tasks/task.ts";
import { toLevel, toStream } from "#facades/tributary/translate-logs.ts";

const ends: Readonly<Record<NonNullable<SearchProgress["end"]>, SearchEnd>> = {
  complete: SearchEnd.COMPLETE,
  limit: SearchEnd.LIMIT,
  time: SearchEnd.TIME,
};

/** @throws RefusedError `invalid` for a level or a stream that is not specified */
export function toLogQuery(request: SearchLogRequest): Omit<LogQuery, "openLine"> & { readonly taskId: TaskId } {
  const { taskId, text, regexp, matchCase, attempts, firstLine, endLine } = request;
  const { backwards, stopAtLimit, asRuns, groupMarks } = request;
  return {
    ...{ taskId, text, regexp, matchCase, attempts, firstLine, backwards, stopAtLimit, asRuns, groupMarks },
    levels: request.levels.map((level) => toLevel(level) ?? refuseUnspecified("levels")),
    streams: toStreams(request.streams),
    endLine: endLine || Number.MAX_SAFE_INTEGER,
    limit: request.limit || 1_000,
  };
}

/** @throws RefusedError `invalid` for a stream that is not specified */
export function toStreams(streams: readonly WireStream[]): readonly LogStream[] {
  return streams.map((stream) => toStream(stream) ?? refuseUnspecified("streams"));
}

function refuseUnspecified(field: string): never {
  throw new RefusedError("invalid", `${field}: leave out what is not specified`, field);
}

/** @param size - told with the last answer */
export function fromProgress(
  progress: SearchProgress,
  size: MessageInitShape<typeof LogSizeSchema> | undefined,
): MessageInitShape<typeof SearchLogResponseSchema> {
  return {
    lines: [...progress.lines],
    runs: progress.runs.map(({ firstLine, lines }) => ({ firstLine, lineCount: lines })),
    foundCount: progress.found,
    firstLine: progress.firstLine,
    endLine: progress.endLine,
    searchedBytes: BigInt(progress.bytes),
    end: progress.end ? ends[progress.end] : SearchEnd.UNSPECIFIED,
    ...(size && { size }),
  };
}
