import { constants, type Http2Session, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import { TokenBucket } from "#core/token-bucket.ts";
import type { ListenerLimits } from "./limits.ts";

/**
 * Puts one HTTP/2 session under the limits that `http2` itself does not have: a first frame in time, a window for
 * the whole connection, a peer that answers pings.
 */
export function watchSession(session: ServerHttp2Session, limits: ListenerLimits): void {
  // Left alone, the connection's own window of 64 KiB would undo the streams' larger ones.
  session.setLocalWindowSize(limits.connectionWindowBytes);
  const firstFrame = setTimeout(() => session.destroy(), limits.headersMs);
  session.once("remoteSettings", () => clearTimeout(firstFrame));
  const ping = setInterval(() => pingPeer(session, limits.pingAnswerMs), limits.pingMs).unref();
  session.once("close", () => {
    clearTimeout(firstFrame);
    clearInterval(ping);
  });
  limitPings(session, limits);
  limitResets(session, limits);
}

/** An answer to a ping, and one of our own pings, with what TLS adds. */
const pingBytes = 128;

/**
 * Ends a session whose peer pings for nothing (gRPC's own servers do the same). Pings while data goes out measure the
 * connection, and are as welcome as the data is.
 */
function limitPings(session: ServerHttp2Session, { pingsPerSecond, pingBurst }: ListenerLimits): void {
  const bucket = new TokenBucket(pingsPerSecond, pingBurst, performance.now());
  let written = 0;
  session.on("ping", () => {
    if (session.destroyed) return;
    const { bytesWritten } = session.socket;
    const idle = bytesWritten - written <= pingBytes;
    written = bytesWritten;
    if (idle && bucket.take(performance.now()) > 0) calmDown(session, "too_many_pings");
  });
}

/** Resets after which the streams of a session are looked at twice. */
const fewResets = 20;
const oftenReset = new WeakSet<Http2Session>();

/** Ends a session whose streams are reset again and again: each costs the server far more than its peer. */
function limitResets(session: ServerHttp2Session, { resetsPerSecond, resetBurst }: ListenerLimits): void {
  const bucket = new TokenBucket(resetsPerSecond, resetBurst, performance.now());
  let resets = 0;
  session.on("stream", (stream) => {
    stream.on("close", () => {
      if (stream.rstCode === constants.NGHTTP2_NO_ERROR || session.destroyed) return;
      resets += 1;
      if (resets === fewResets) oftenReset.add(session);
      if (bucket.take(performance.now()) > 0) calmDown(session, "too_many_resets");
    });
  });
}

/**
 * Begins with a request; where streams are often reset, only when all has been read that came with it, for most of the
 * resets are right behind.
 */
export function whenStillOpen(stream: ServerHttp2Stream, begin: () => void): void {
  if (stream.session === undefined || !oftenReset.has(stream.session)) {
    begin();
    return;
  }
  setImmediate(() => {
    if (!stream.destroyed && !stream.closed) begin();
  });
}

/** Says why, in the words that gRPC's libraries know, and goes. */
function calmDown(session: ServerHttp2Session, why: string): void {
  session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM, 0, Buffer.from(why));
  session.destroy(undefined, constants.NGHTTP2_ENHANCE_YOUR_CALM);
}

function pingPeer(session: ServerHttp2Session, answerMs: number): void {
  if (session.destroyed || session.connecting) return;
  // After a pause of this process, a late timer runs before the answer that has long arrived is read: look once more.
  const late = setTimeout(() => setImmediate(() => !answered && session.destroy()), answerMs).unref();
  let answered = false;
  session.ping((error) => {
    answered = error === null;
    clearTimeout(late);
  });
}

/**
 * A client that is answered before it has sent all of its request (a message over the limit) is told to stop, and
 * what it has sent is dropped. Otherwise the stream would stay open, and count, for as long as the client keeps
 * sending, or for ever when nobody reads the rest (RFC 9113, 8.1).
 */
export function closeWhenAnswered(stream: ServerHttp2Stream): void {
  const stop = () => {
    if (stream.destroyed || stream.readableEnded) return;
    if (!stream.closed) stream.close(constants.NGHTTP2_NO_ERROR);
    stream.removeAllListeners("data").resume();
  };
  // With trailers the body's end is not the answer's; `http2` sends them at the latest with the next turn's immediates
  // after it asked for them.
  stream.once("wantTrailers", () => {
    if (!stream.readableEnded) setImmediate(() => setImmediate(stop));
  });
  stream.once("finish", () => setImmediate(() => stream.state.localClose === 1 && stop()));
}
