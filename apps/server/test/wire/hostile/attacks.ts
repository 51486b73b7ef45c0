import http2 from "node:http2";
import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { breathe, flags, frame, RawSession, requestHeaders } from "./frames.ts";

/** What an attack saw, as numbers. */
export type Seen = Record<string, number>;

/** Each holds or repeats something until it has seen how the server takes it. Started in a process of its own. */
export const attacks = {
  "idle streams": idleStreams,
  "slow headers": slowHeaders,
  "slow bodies": slowBodies,
  resets,
  pings,
  "half-open sockets": halfOpen,
  "endless headers": endlessHeaders,
  "length prefixes": lengthPrefixes,
} satisfies Record<string, (port: number, many: number) => Promise<Seen>>;

export type AttackName = keyof typeof attacks;

const watch = "/grpc.health.v1.Health/Watch";
const message = Buffer.from([0, 0, 0, 0, 0]);

/** Connections with 10 streams each that are open and say nothing. */
async function idleStreams(port: number, many: number): Promise<Seen> {
  const seen = { open: 0, turnedAway: 0, failed: 0 };
  const sessions = Array.from({ length: many }, () => http2.connect(`http://127.0.0.1:${port}`));
  const opened = sessions.flatMap((session) => {
    session.on("error", () => {});
    return Array.from({ length: 10 }, async () => {
      const stream = session.request({ ":method": "POST", ":path": watch, "content-type": "application/grpc" });
      stream.end(message);
      await new Promise<void>((resolve) => {
        stream.once("response", (headers) => {
          seen[headers["grpc-status"] === "8" ? "turnedAway" : "open"] += 1;
          resolve();
        });
        stream.once("error", () => {
          seen.failed += 1;
          resolve();
        });
      });
    });
  });
  await Promise.all(opened);
  for (const session of sessions) session.destroy();
  return seen;
}

/** Requests whose header comes a byte at a time; ends when the server has cut them all. */
async function slowHeaders(port: number, many: number): Promise<Seen> {
  const seen = { cut: 0 };
  await Promise.all(
    Array.from({ length: many }, async () => {
      const socket = connect({ port, host: "127.0.0.1" });
      socket.on("error", () => {}).on("data", () => {});
      socket.write("POST / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ");
      while (!socket.destroyed && socket.writable) {
        socket.write("x");
        await pause(50);
        if (socket.readableEnded) socket.destroy();
      }
      seen.cut += 1;
    }),
  );
  return seen;
}

/** RPCs whose message comes a byte at a time, over both versions of HTTP; ends when each has been answered or cut. */
async function slowBodies(port: number, many: number): Promise<Seen> {
  const seen = { answered: 0, cut: 0 };
  const session = http2.connect(`http://127.0.0.1:${port}`);
  session.on("error", () => {});
  await Promise.all(Array.from({ length: many }, (_, n) => (n % 2 === 0 ? slowH1() : slowH2())));
  session.destroy();
  return seen;

  async function slowH1(): Promise<void> {
    const socket = connect({ port, host: "127.0.0.1" });
    let answer = "";
    socket
      .on("error", () => {})
      .on("data", (chunk) => {
        answer += chunk.toString();
      });
    socket.write(
      "POST /tributary.v1.SystemService/GetSystem HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/proto\r\nContent-Length: 1000000\r\n\r\n",
    );
    while (!socket.destroyed && answer === "") {
      socket.write("x");
      await pause(50);
    }
    seen[answer === "" ? "cut" : "answered"] += 1;
    socket.destroy();
  }

  async function slowH2(): Promise<void> {
    const path = "/tributary.v1.SystemService/GetSystem";
    const stream = session.request({ ":method": "POST", ":path": path, "content-type": "application/grpc" });
    let status = "";
    stream.on("error", () => {}).resume();
    stream.on("trailers", (trailers) => {
      status = String(trailers["grpc-status"]);
    });
    stream.on("response", (headers) => {
      if (headers["grpc-status"] !== undefined) status = String(headers["grpc-status"]);
    });
    stream.write(Buffer.from([0, 0, 15, 0, 0]));
    while (!stream.destroyed && status === "") {
      if (stream.writable) stream.write("x");
      await pause(50);
    }
    seen[status === "" ? "cut" : "answered"] += 1;
    stream.destroy();
  }
}

/** Streams that are reset as soon as they are opened, `many` in all, over connections that are opened anew when cut. */
async function resets(port: number, many: number): Promise<Seen> {
  const seen = { sent: 0, sessions: 0, calm: 0, cut: 0 };
  const headers = requestHeaders("/tributary.v1.SystemService/GetSystem");
  const cancel = Buffer.from([0, 0, 0, 8]);
  while (seen.sent < many) {
    const session = new RawSession(port);
    seen.sessions += 1;
    for (let batch = 0, alive = true; alive && batch < 30 && seen.sent < many; batch++) {
      const frames: Buffer[] = [];
      for (let n = 0; n < 100; n++) {
        const stream = 2 * (100 * batch + n) + 1;
        frames.push(frame("headers", flags.endHeaders, stream, headers), frame("reset", 0, stream, cancel));
      }
      alive = await session.write(Buffer.concat(frames));
      if (alive) seen.sent += 100;
      await breathe();
    }
    await Promise.race([session.closed, pause(5_000)]);
    if (session.socket.destroyed) seen.cut += 1;
    if (session.goaway?.code === http2.constants.NGHTTP2_ENHANCE_YOUR_CALM) seen.calm += 1;
    session.socket.destroy();
  }
  return seen;
}

/** Pings without end on connections that do nothing else; ends when the server has ended them. */
async function pings(port: number, many: number): Promise<Seen> {
  const seen = { sent: 0, calm: 0, named: 0 };
  await Promise.all(
    Array.from({ length: many }, async () => {
      const session = new RawSession(port);
      const some = Buffer.concat(Array.from({ length: 50 }, () => frame("ping", 0, 0, Buffer.alloc(8))));
      while (await session.write(some)) {
        seen.sent += 50;
        await breathe();
      }
      await session.closed;
      if (session.goaway?.code === http2.constants.NGHTTP2_ENHANCE_YOUR_CALM) seen.calm += 1;
      if (session.goaway?.text === "too_many_pings") seen.named += 1;
    }),
  );
  return seen;
}

/** Clients that close their side in the middle of a request, or before any. */
async function halfOpen(port: number, many: number): Promise<Seen> {
  const seen = { closed: 0 };
  const beginnings = [
    "",
    "PRI",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "GET / HT",
    "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nhalf",
    "\x16\x03\x01",
  ];
  await Promise.all(
    Array.from({ length: many }, async (_, n) => {
      const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
      socket.on("error", () => {}).resume();
      socket.end(beginnings[n % beginnings.length] ?? "");
      await new Promise<void>((resolve) => socket.once("end", resolve).once("close", resolve));
      seen.closed += 1;
      socket.destroy();
    }),
  );
  return seen;
}

/** Headers that never end: one frame of them after another. */
async function endlessHeaders(port: number, many: number): Promise<Seen> {
  const seen = { cut: 0, frames: 0 };
  const piece = requestHeaders("/", { "x-more": "y".repeat(100) });
  await Promise.all(
    Array.from({ length: many }, async () => {
      const session = new RawSession(port);
      await session.write(frame("headers", 0, 1, requestHeaders("/")));
      while (await session.write(frame("continuation", 0, 1, piece))) {
        seen.frames += 1;
        await breathe();
      }
      await session.closed;
      seen.cut += 1;
    }),
  );
  return seen;
}

/** Messages that say they have 4 GiB, of which nothing more comes than a byte now and then. */
async function lengthPrefixes(port: number, many: number): Promise<Seen> {
  const seen = { refused: 0, other: 0 };
  const session = http2.connect(`http://127.0.0.1:${port}`);
  session.on("error", () => {});
  await Promise.all(
    Array.from({ length: many }, async (_, n) => {
      const type = ["application/grpc", "application/grpc-web+proto", "application/connect+proto"][n % 3] ?? "";
      const path = n % 3 === 2 ? "/tributary.v1.WatchService/Watch" : "/tributary.v1.SystemService/GetSystem";
      const stream = session.request({ ":method": "POST", ":path": path, "content-type": type });
      let told = "";
      stream
        .on("error", () => {})
        .on("data", (chunk) => {
          told += chunk.toString();
        });
      stream.on("trailers", (trailers) => {
        told += `grpc-status: ${trailers["grpc-status"]}`;
      });
      stream.write(Buffer.from([0, 255, 255, 255, 255]));
      while (!stream.destroyed && told === "") {
        if (stream.writable) stream.write("x");
        await pause(20);
      }
      seen[/grpc-status: ?8|resource_exhausted/.test(told) ? "refused" : "other"] += 1;
      stream.destroy();
    }),
  );
  session.destroy();
  return seen;
}
