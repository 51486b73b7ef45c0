import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What happens to a request instead of being passed on whole. */
export type Fault =
  /** Answered with this status. */
  | { readonly status: number; readonly code: string }
  /** The connection is closed after so many bytes of the answer. */
  | { readonly cutAnswerAfter: number }
  /** The connection is closed while the request is sent. */
  | "cut-request"
  /** Nothing is ever answered. */
  | "silence";

export interface FaultyProxy extends AsyncDisposable {
  readonly endpoint: string;
  /** Asked for every request; undefined lets it pass. */
  fault: (request: IncomingMessage) => Fault | undefined;
  /** Requests that came, as `METHOD /path`. */
  readonly requests: string[];
}

/** Passes requests on to a server, but for those that it is told to spoil. */
export async function faultyProxy(target: string): Promise<FaultyProxy> {
  const server = createServer((incoming, answer) => {
    proxy.requests.push(`${incoming.method} ${incoming.url}`);
    const fault = proxy.fault(incoming);
    if (fault === undefined || (typeof fault === "object" && "cutAnswerAfter" in fault)) {
      pass(target, incoming, answer, fault?.cutAnswerAfter);
    } else spoil(incoming, answer, fault);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const proxy: FaultyProxy = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fault: () => undefined,
    requests: [],
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return proxy;
}

function spoil(incoming: IncomingMessage, answer: ServerResponse, fault: Exclude<Fault, { cutAnswerAfter: number }>) {
  if (fault === "silence") return;
  if (fault === "cut-request") {
    incoming.once("data", () => incoming.destroy());
    incoming.once("end", () => incoming.socket.destroy());
    return;
  }
  incoming.resume();
  incoming.once("end", () => {
    answer.writeHead(fault.status, { "content-type": "application/xml" });
    answer.end(`<?xml version="1.0"?><Error><Code>${fault.code}</Code><Message>as told</Message></Error>`);
  });
}

function pass(target: string, incoming: IncomingMessage, answer: ServerResponse, cutAfter = Number.POSITIVE_INFINITY) {
  const onward = request(
    `${target}${incoming.url}`,
    // The signature covers the name of the host as the client knows it.
    { method: incoming.method, headers: incoming.headers },
    (answered) => {
      answer.writeHead(answered.statusCode ?? 502, answered.headers);
      let passed = 0;
      answered.on("data", (chunk: Buffer) => {
        const part = chunk.subarray(0, cutAfter - passed);
        passed += part.length;
        if (passed >= cutAfter) answer.write(part, () => incoming.socket.destroy());
        else answer.write(part);
      });
      answered.on("end", () => {
        if (passed < cutAfter) answer.end();
      });
    },
  );
  onward.on("error", () => incoming.socket.destroy());
  incoming.pipe(onward);
}
