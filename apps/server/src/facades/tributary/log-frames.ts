import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type FollowLogResponse, FollowLogResponseSchema } from "@tributary/proto/tributary/v1/logs_pb";
import type { LogBatch, LogStream } from "#core/logs/log.ts";
import { fromChunk, fromSize } from "#facades/tributary/translate-logs.ts";
import { type ReadyFrame, type ReadyFrames, readyFrameOf } from "#rpc/ready-frames.ts";

/** Watchers that are up to date get the same batch, so it is encoded once for all of them. */
const encoded = new WeakMap<LogBatch, Map<string, ReadyFrame>>();
const encode = readyFrameOf(FollowLogResponseSchema);

/** What is around the content of a batch and of each of its pieces, in bytes; hardly ever more. */
const around = 128;

/**
 * What a watcher is told of a batch.
 *
 * @param streams - those whose pieces are wanted; empty for all
 */
export function fromBatch(
  batch: LogBatch,
  streams: readonly LogStream[],
  frames: ReadyFrames | undefined,
): FollowLogResponse {
  if (!frames) return create(FollowLogResponseSchema, toMessage(batch, streams));
  const made = encoded.get(batch) ?? new Map<string, ReadyFrame>();
  encoded.set(batch, made);
  const key = streams.join(" ");
  let frame = made.get(key);
  if (!frame) {
    const content = batch.chunks.reduce((sum, { bytes }) => sum + bytes.length + around, around);
    frame = encode(toMessage(batch, streams), content);
    made.set(key, frame);
  }
  return frames.put(FollowLogResponseSchema, frame);
}

function toMessage(
  { chunks, size }: LogBatch,
  streams: readonly LogStream[],
): MessageInitShape<typeof FollowLogResponseSchema> {
  // What is not kept may have been of any stream.
  const wanted =
    streams.length === 0 ? chunks : chunks.filter(({ stream, gap }) => gap !== undefined || streams.includes(stream));
  return {
    chunks: wanted.map(fromChunk),
    nextOffset: BigInt(chunks.at(-1)?.nextOffset ?? 0),
    // A task that has ended is told of at the end; what is told before needs no look at it.
    size: fromSize(size, false),
  };
}
