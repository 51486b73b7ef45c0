import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type FollowLogResponse, FollowLogResponseSchema } from "@tributary/proto/tributary/v1/logs_pb";
import type { LogBatch } from "#core/logs/log.ts";
import { fromChunk, fromSize } from "#facades/tributary/translate-logs.ts";
import { type ReadyFrame, type ReadyFrames, readyFrameOf } from "#rpc/ready-frames.ts";

/** Watchers that are up to date get the same batch, so it is encoded once for all of them. */
const encoded = new WeakMap<LogBatch, ReadyFrame>();
const encode = readyFrameOf(FollowLogResponseSchema);

/** What is around the content of a batch and of each of its pieces, in bytes; hardly ever more. */
const around = 128;

/** What a watcher is told of a batch. */
export function fromBatch(batch: LogBatch, frames: ReadyFrames | undefined): FollowLogResponse {
  if (!frames) return create(FollowLogResponseSchema, toMessage(batch));
  let frame = encoded.get(batch);
  if (!frame) {
    const content = batch.chunks.reduce((sum, { bytes }) => sum + bytes.length + around, around);
    frame = encode(toMessage(batch), content);
    encoded.set(batch, frame);
  }
  return frames.put(FollowLogResponseSchema, frame);
}

function toMessage({ chunks, size }: LogBatch): MessageInitShape<typeof FollowLogResponseSchema> {
  return {
    chunks: chunks.map(fromChunk),
    nextOffset: BigInt(chunks.at(-1)?.nextOffset ?? 0),
    // A task that has ended is told of at the end; what is told before needs no look at it.
    size: fromSize(size, false),
  };
}
