/**
 * Limits of the one port: times in milliseconds, sizes in bytes. Every one is stated, because Node's and
 * nghttp2's defaults are either missing (streams, not yet classified sockets) or made for other loads.
 */
export interface ListenerLimits {
  /** Time a new connection has to say which protocol it speaks, and then again to finish a TLS handshake. */
  readonly firstBytesMs: number;
  /** Connections that have not said it yet. One more drops the one that has waited longest. */
  readonly waitingConnections: number;
  /** Open connections of one address; more are dropped at once. */
  readonly connections: number;
  /** Time for the header of an HTTP/1.1 request, and for the first frame of an HTTP/2 session. */
  readonly headersMs: number;
  /** Time for a whole HTTP/1.1 request with its body; generous, for uploads come this way. */
  readonly requestMs: number;
  /** How long an HTTP/1.1 connection without a request is kept. */
  readonly idleMs: number;
  /** Header block of a request, all protocols. */
  readonly headerBytes: number;
  /** Streams a client may have open on one HTTP/2 connection; its further ones wait at the client. */
  readonly streamsPerConnection: number;
  /** What a client may send on one stream before the handler reads. */
  readonly streamWindowBytes: number;
  /** The same for all streams of a connection together. */
  readonly connectionWindowBytes: number;
  /** Memory one HTTP/2 session may hold for frames, headers and unsent answers; beyond it new calls are refused. */
  readonly sessionBytes: number;
  /** How often an HTTP/2 peer is asked whether it lives, and the time it has to answer. */
  readonly pingMs: number;
  readonly pingAnswerMs: number;
  /**
   * Pings of an HTTP/2 peer that are answered a second, on average, while nothing else is sent to it; and in a burst.
   * Libraries ping every ten seconds at most when idle, and while data flows as often as they like.
   */
  readonly pingsPerSecond: number;
  readonly pingBurst: number;
  /** Streams of one HTTP/2 connection that may end by a reset, a second on average, and in a burst. */
  readonly resetsPerSecond: number;
  readonly resetBurst: number;
  /** How long a client that was told goodbye is listened to, so that the reset for what it still sends comes late. */
  readonly lingerMs: number;
}

const KIB = 1024;
const MIB = 1024 * KIB;

export const defaultLimits: ListenerLimits = {
  firstBytesMs: 10_000,
  waitingConnections: 256,
  connections: 8_192,
  headersMs: 30_000,
  requestMs: 60 * 60_000,
  idleMs: 65_000,
  headerBytes: 32 * KIB,
  streamsPerConnection: 256,
  streamWindowBytes: MIB,
  connectionWindowBytes: 16 * MIB,
  sessionBytes: 256 * MIB,
  pingMs: 30_000,
  pingAnswerMs: 20_000,
  pingsPerSecond: 1,
  pingBurst: 100,
  resetsPerSecond: 100,
  resetBurst: 1_000,
  lingerMs: 3_000,
};
