import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { type WatchResponse, WatchResponseSchema } from "@tributary/proto/tributary/v1/watch_pb";

import { type Connection, type FollowChanges, followChanges } from "#api/watch/follow-changes.ts";

/** What tabs tell each other. */
type Word =
  | { readonly kind: "message"; readonly bytes: Uint8Array }
  | { readonly kind: "connection"; readonly connection: Connection; readonly position: string }
  | { readonly kind: "gap" }
  /** A tab has come and wants to know how things are. */
  | { readonly kind: "hello" };

/** How tabs reach each other; the browser's own, unless told. */
export interface Tabs {
  readonly locks: Pick<LockManager, "request">;
  readonly openChannel: (name: string) => Pick<BroadcastChannel, "postMessage" | "close" | "onmessage">;
}

const name = "tributary changes";

/** The browser's own way between tabs; undefined where it has none, as on plain HTTP from another machine. */
export function browserTabs(): Tabs | undefined {
  const { locks } = navigator;
  if (locks === undefined || typeof BroadcastChannel === "undefined") return undefined;
  return { locks, openChannel: (channel) => new BroadcastChannel(channel) };
}

/**
 * Follows every change as {@link followChanges} does, through one stream for all tabs: browsers open only six connections
 * to one server, and a stream each would leave the seventh tab waiting for ever.
 *
 * The tab that holds the lock has the stream and passes on what it hears. When it is closed, another gets the lock and
 * goes on at the last position. A tab that hears nothing for too long takes the lock by force: the other may be frozen.
 */
export async function shareChanges(options: FollowChanges, tabs: Tabs): Promise<void> {
  const { signal, silence = 40_000 } = options;
  const channel = tabs.openChannel(name);
  const post = (word: Word) => channel.postMessage(word);
  let position = "";
  let heardAt = Date.now();
  let leading: { readonly connection: Connection } | undefined;

  const told = (message: WatchResponse) => {
    position = message.position || position;
    options.onMessage(message);
  };
  channel.onmessage = ({ data }: MessageEvent<Word>) => {
    if (leading) {
      if (data.kind === "hello") post({ kind: "connection", connection: leading.connection, position });
      return;
    }
    heardAt = Date.now();
    if (data.kind === "message") told(fromBinary(WatchResponseSchema, data.bytes));
    if (data.kind === "gap") options.onGap();
    if (data.kind === "connection") {
      // the first word of another tab says where the watch stands
      if (position === "" && data.position !== "")
        told(create(WatchResponseSchema, { position: data.position, heartbeat: true }));
      options.onConnection(data.connection);
    }
  };

  const lead = async (lost: AbortSignal) => {
    const own = { connection: "connecting" as Connection };
    leading = own;
    await followChanges({
      ...options,
      position,
      signal: AbortSignal.any([signal, lost]),
      onMessage: (message) => {
        told(message);
        post({ kind: "message", bytes: toBinary(WatchResponseSchema, message) });
      },
      onConnection: (connection) => {
        own.connection = connection;
        options.onConnection(connection);
        post({ kind: "connection", connection, position });
      },
      onGap: () => {
        options.onGap();
        post({ kind: "gap" });
      },
    });
    if (leading === own) leading = undefined;
  };

  post({ kind: "hello" });
  while (!signal.aborted) {
    heardAt = Date.now();
    await leadInTurn(tabs.locks, lead, signal, silence / 4, () => Date.now() - heardAt > silence);
  }
  channel.close();
}

type Lead = (lost: AbortSignal) => Promise<void>;

/** Waits for the lock and leads until it is lost or `signal` aborts; takes it by force once `isSilent` says so. */
async function leadInTurn(
  locks: Tabs["locks"],
  lead: Lead,
  signal: AbortSignal,
  look: number,
  isSilent: () => boolean,
): Promise<void> {
  const waiting = new AbortController();
  const timer = setInterval(() => isSilent() && waiting.abort(), look);
  const turn = AbortSignal.any([signal, waiting.signal]);
  const begin: Lead = (lost) => {
    clearInterval(timer);
    return lead(lost);
  };
  await hold(locks, { signal: turn }, begin);
  clearInterval(timer);
  if (waiting.signal.aborted && !signal.aborted) await hold(locks, { steal: true }, begin);
}

/** Leads while the lock is held. Whoever takes it by force makes the request fail at once, while the holder still runs. */
async function hold(locks: Tabs["locks"], options: LockOptions, lead: Lead): Promise<void> {
  const lost = new AbortController();
  await locks.request(name, options, () => lead(lost.signal)).catch(() => undefined);
  lost.abort();
}
