import { createClient, type Transport } from "@connectrpc/connect";
import { type WatchResponse, WatchService } from "@tributary/proto/tributary/v1/watch_pb";

import { backOff, pause } from "#api/watch/pause.ts";
import { endWhenStalled } from "#api/watch/stalled.ts";

/** `live`: changes arrive; `connecting`: they will soon; `offline`: the server has not answered for some tries. */
export type Connection = "live" | "connecting" | "offline";

export interface FollowChanges {
  readonly transport: Transport;
  /** After which to begin; from now, if absent. */
  readonly position?: string;
  readonly onMessage: (message: WatchResponse) => void;
  readonly onConnection: (connection: Connection) => void;
  /** Changes may have been missed: everything has to be read again. */
  readonly onGap: () => void;
  readonly signal: AbortSignal;
  /** The server speaks at least every 15 s; after this many milliseconds without a word the connection counts as lost. */
  readonly silence?: number;
}

const offlineAfter = 3;

/**
 * Follows every change on the server, from a position, until `signal` aborts. A lost connection is made again at the position
 * of the last message, so that nothing is missed; where the server no longer knows that position, `onGap` is called.
 */
export async function followChanges(options: FollowChanges): Promise<void> {
  const { signal, onConnection, onGap } = options;
  let { position = "" } = options;
  let failures = 0;
  for (let tries = 0; !signal.aborted; tries += 1) {
    onConnection(failures >= offlineAfter ? "offline" : "connecting");
    // with no position to go on from, what happened in between is unknown
    const open = () => (tries > 0 && position === "" ? onGap() : undefined);
    const heard = (message: WatchResponse) => {
      failures = 0;
      position = message.position || position;
      if (message.reset) onGap();
      options.onMessage(message);
    };
    await followOnce(options, position, open, heard).catch(() => undefined);
    failures += 1;
    if (failures >= offlineAfter && !signal.aborted) onConnection("offline");
    await pause(backOff(failures - 1), signal);
  }
}

async function followOnce(
  { transport, signal, silence = 40_000, onConnection }: FollowChanges,
  position: string,
  onOpen: () => void,
  onMessage: (message: WatchResponse) => void,
): Promise<void> {
  const ended = new AbortController();
  let open = false;
  const opened = () => {
    if (open) return;
    open = true;
    onConnection("live");
    onOpen();
  };
  const calls = { signal: AbortSignal.any([signal, ended.signal]), timeoutMs: 0, onHeader: opened };
  const stream = createClient(WatchService, transport).watch({ position }, calls);
  try {
    for await (const message of endWhenStalled(stream, silence, () => ended.abort())) {
      opened();
      onMessage(message);
    }
  } finally {
    ended.abort();
  }
}
