import { create, toBinary } from "@bufbuild/protobuf";
import { type FollowLogResponse, FollowLogResponseSchema } from "@tributary/proto/tributary/v1/logs_pb";
import type { LogBatch } from "#core/logs/log.ts";
import { fromChunk, fromSize } from "#facades/tributary/translate-logs.ts";
import { type ReadyFrame, type ReadyFrames, readyFrame } from "#rpc/ready-frames.ts";

/** Watchers that are up to date get the same batch, so it is encoded once for all of them. */
const encoded = new WeakMap<LogBatch, ReadyFrame>();

/** What a watcher is told of a batch. */
export function fromBatch(batch: LogBatch, frames: ReadyFrames | undefined): FollowLogResponse {
  if (!frames) return toMessage(batch);
  let frame = encoded.get(batch);
  if (!frame) {
    frame = readyFrame(toBinary(FollowLogResponseSchema, toMessage(batch)));
    encoded.set(batch, frame);
  }
  return frames.put(FollowLogResponseSchema, frame);
}

function toMessage({ chunks, size }: LogBatch): FollowLogResponse {
  return create(FollowLogResponseSchema, {
    chunks: chunks.map(fromChunk),
    nextOffset: BigInt(chunks.at(-1)?.nextOffset ?? 0),
    // A task that has ended is told of at the end; what is told before needs no look at it.
    size: fromSize(size, false),
  });
}
