import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  type LogSizeSchema,
  SearchEnd,
  type SearchLogRequest,
  type SearchLogResponseSchema,
} from "@tributary/proto/tributary/v1/logs_pb";
import { RefusedError } from "#core/errors.ts";
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
  const { taskId, text, regexp, matchCase, attempts, firstLine, endLine, backwards, stopAtLimit } = request;
  return {
    ...{ taskId, text, regexp, matchCase, attempts, firstLine, backwards, stopAtLimit },
    levels: request.levels.map((level) => toLevel(level) ?? refuseUnspecified("levels")),
    streams: request.streams.map((stream) => toStream(stream) ?? refuseUnspecified("streams")),
    endLine: endLine || Number.MAX_SAFE_INTEGER,
    limit: request.limit || 1_000,
  };
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
    foundCount: progress.found,
    firstLine: progress.firstLine,
    endLine: progress.endLine,
    searchedBytes: BigInt(progress.bytes),
    end: progress.end ? ends[progress.end] : SearchEnd.UNSPECIFIED,
    ...(size && { size }),
  };
}
