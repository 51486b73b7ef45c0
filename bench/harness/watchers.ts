import { create, toBinary } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { FollowLogRequestSchema, LogService } from "@tributary/proto/tributary/v1/logs_pb";
import { lastTimeIn } from "./line-source.ts";
import { RawCalls } from "./raw-calls.ts";
import { percentile } from "./statistics.ts";

// Follows one log as often as it is told, in a process of its own: node watchers.ts '{"url", "taskId", "count"}'.

interface Ask {
  readonly url: string;
  readonly taskId: number;
  readonly count: number;
}

/** What the watchers saw when the log has ended. */
export interface Watched {
  /** Of all watchers together: of content for one, with what is around it for many. */
  readonly bytes: number;
  readonly lagP50: number;
  readonly lagP99: number;
}

const now = () => performance.timeOrigin + performance.now();

/** With a whole client, which decodes what comes. */
async function watchOne({ url, taskId }: Ask, lags: number[]): Promise<number> {
  let bytes = 0;
  const logs = createClient(LogService, createGrpcTransport({ baseUrl: url }));
  const following = logs.followLog({ taskId });
  const iterator = following[Symbol.asyncIterator]();
  await iterator.next();
  process.send?.("follows");
  for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
    for (const { content } of next.value.chunks) {
      bytes += content.length;
      const time = lastTimeIn(Buffer.from(content.buffer, content.byteOffset, content.length));
      if (time) lags.push(now() - time);
    }
  }
  return bytes;
}

/**
 * Without decoding, as a hundred whole clients would need more than one process. Each has a connection of its own, as a
 * hundred people have: the streams of one would share its window of 64 KiB, and wait for each other rather than for the server.
 */
async function watchMany({ url, taskId, count }: Ask, lags: number[]): Promise<number> {
  let bytes = 0;
  const message = toBinary(FollowLogRequestSchema, create(FollowLogRequestSchema, { taskId }));
  const begun = new Set<number>();
  const onData = (watcher: number) => (part: Buffer) => {
    bytes += part.length;
    begun.add(watcher);
    if (begun.size === count) {
      begun.add(-1);
      process.send?.("follows");
    }
    const time = lastTimeIn(part);
    if (time) lags.push(now() - time);
  };
  const connections = Array.from({ length: count }, () => new RawCalls(url, "grpc"));
  await Promise.all(
    connections.map((connection, watcher) =>
      connection.follow("/tributary.v1.LogService/FollowLog", message, onData(watcher)),
    ),
  );
  for (const connection of connections) connection.close();
  return bytes;
}

if (import.meta.main) {
  const ask = JSON.parse(process.argv[2] ?? "") as Ask;
  const lags: number[] = [];
  const bytes = await (ask.count === 1 ? watchOne(ask, lags) : watchMany(ask, lags));
  const watched: Watched = { bytes, lagP50: percentile(lags, 0.5), lagP99: percentile(lags, 0.99) };
  process.send?.(watched, () => process.exit());
}
