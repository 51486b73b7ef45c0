import { once } from "node:events";
import http from "node:http";
import http2 from "node:http2";
import { buffer } from "node:stream/consumers";

export interface Shot {
  readonly path: string;
  readonly http: "1.1" | "2";
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** What came back: undefined for a stream or connection that was closed without an answer. */
export interface Hit {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly trailers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
}

/** Sends requests over one HTTP/2 connection, opened anew whenever the server has ended it, and over HTTP/1.1. */
export class Gun implements Disposable {
  readonly #port: number;
  readonly #agent = new http.Agent({ keepAlive: true, maxSockets: 16 });
  #session: http2.ClientHttp2Session | undefined;

  constructor(port: number) {
    this.#port = port;
  }

  /** @throws Error when nothing has come back after `patienceMs` */
  async shoot(shot: Shot, patienceMs: number): Promise<Hit | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const hung = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer after ${patienceMs} ms`)), patienceMs);
    });
    try {
      return await Promise.race([shot.http === "2" ? this.#overH2(shot) : this.#overH1(shot), hung]);
    } finally {
      clearTimeout(timer);
    }
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
    this.#session?.destroy();
  }

  async #overH2({ path, headers, body }: Shot): Promise<Hit | undefined> {
    if (this.#session === undefined || this.#session.closed || this.#session.destroyed) {
      this.#session = http2.connect(`http://127.0.0.1:${this.#port}`).on("error", () => {});
    }
    const stream = this.#session.request({ ":method": "POST", ":path": path, te: "trailers", ...headers });
    let trailers: http2.IncomingHttpHeaders = {};
    stream.once("trailers", (some) => {
      trailers = some;
    });
    const head = new Promise<http2.IncomingHttpHeaders | undefined>((resolve) => {
      stream
        .once("response", resolve)
        .on("error", () => resolve(undefined))
        .once("close", () => resolve(undefined));
    });
    stream.end(body);
    const answer = await head;
    if (answer === undefined) return undefined;
    const content = await buffer(stream).catch(() => undefined);
    return content && { status: Number(answer[":status"]), headers: answer, trailers, body: content };
  }

  async #overH1({ path, headers, body }: Shot): Promise<Hit | undefined> {
    const request = http.request({
      host: "127.0.0.1",
      port: this.#port,
      method: "POST",
      path,
      headers,
      agent: this.#agent,
    });
    request.on("error", () => {});
    request.end(body);
    try {
      const [answer] = (await once(request, "response")) as [http.IncomingMessage];
      const content = await buffer(answer);
      return { status: answer.statusCode ?? 0, headers: answer.headers, trailers: answer.trailers, body: content };
    } catch {
      return undefined;
    }
  }
}
