import { constants, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
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
  session.on("stream", closeWhenAnswered);
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
function closeWhenAnswered(stream: ServerHttp2Stream): void {
  const stop = () => {
    if (stream.destroyed || stream.readableEnded) return;
    if (!stream.closed) stream.close(constants.NGHTTP2_NO_ERROR);
    stream.removeAllListeners("data").resume();
  };
  // With trailers the body's end is not the answer's; `http2` sends them an immediate after it asked for them.
  stream.once("wantTrailers", () => setImmediate(stop));
  stream.once("finish", () => setImmediate(() => stream.state.localClose === 1 && stop()));
}
