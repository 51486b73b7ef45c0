import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  type LogChunkSchema,
  type LogGapSchema,
  type LogLineSchema,
  type LogSizeSchema,
  LogLevel as WireLevel,
  LogStream as WireStream,
} from "@tributary/proto/tributary/v1/logs_pb";
import type { LogChunk, LogGap, LogLevel, LogLine, LogSize, LogStream } from "#core/logs/log.ts";

const streams: Readonly<Record<LogStream, WireStream>> = {
  stdout: WireStream.STDOUT,
  stderr: WireStream.STDERR,
  worker: WireStream.WORKER,
};
const levels: Readonly<Record<LogLevel, WireLevel>> = {
  error: WireLevel.ERROR,
  warn: WireLevel.WARN,
  info: WireLevel.INFO,
};

export function toStream(stream: WireStream): LogStream | undefined {
  return (Object.keys(streams) as LogStream[]).find((key) => streams[key] === stream);
}

export function toLevel(level: WireLevel): LogLevel | undefined {
  return (Object.keys(levels) as LogLevel[]).find((key) => levels[key] === level);
}

export function fromChunk(chunk: LogChunk): MessageInitShape<typeof LogChunkSchema> {
  return {
    offset: BigInt(chunk.offset),
    firstLine: chunk.firstLine,
    attempt: chunk.attempt,
    stream: streams[chunk.stream],
    ...(chunk.gap ? {} : { time: timestampFromMs(chunk.at) }),
    content: chunk.bytes,
    ...(chunk.gap && { gap: fromGap(chunk.gap) }),
  };
}

export function fromLine(line: LogLine): MessageInitShape<typeof LogLineSchema> {
  return {
    number: line.number,
    attempt: line.attempt,
    stream: streams[line.stream],
    ...(line.gap ? {} : { time: timestampFromMs(line.at) }),
    text: new TextDecoder().decode(line.bytes),
    cut: line.cutBytes > 0,
    cutBytes: BigInt(line.cutBytes),
    level: levels[line.level],
    ...(line.gap && { gap: fromGap(line.gap) }),
    ...(line.group && { group: line.group }),
  };
}

function fromGap(gap: LogGap): MessageInitShape<typeof LogGapSchema> {
  return {
    offset: BigInt(gap.offset),
    byteCount: BigInt(gap.bytes),
    firstLine: gap.firstLine,
    lineCount: gap.lines,
  };
}

export function fromSize(size: LogSize, ended: boolean): MessageInitShape<typeof LogSizeSchema> {
  return {
    lineCount: size.lines,
    byteCount: BigInt(size.bytes),
    ended,
    errorCount: size.errors,
    warningCount: size.warnings,
    droppedLineCount: size.droppedLines,
    droppedByteCount: BigInt(size.droppedBytes),
  };
}
