/** What a download is called and how long it is. */
export interface DownloadFile {
  readonly name: string;
  /** Media type. */
  readonly type: string;
  /** Bytes, where that is known. */
  readonly length?: number;
  /** The part of the file that is answered, if not all of it; ends are not included. */
  readonly range?: ByteRange & { readonly size: number };
}

export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

/** An answer that browsers save as a file and never show. */
export function attachment(
  content: ReadableStream<Uint8Array>,
  { name, type, length, range }: DownloadFile,
  acceptsRanges = false,
): Response {
  const headers = new Headers({ "content-type": type, "content-disposition": dispositionOf(name) });
  if (length !== undefined) headers.set("content-length", String(length));
  if (acceptsRanges) headers.set("accept-ranges", "bytes");
  if (range) headers.set("content-range", `bytes ${range.from}-${range.to - 1}/${range.size}`);
  return new Response(content, { status: range ? 206 : 200, headers });
}

/** An answer that browsers show, under the rules that are given for it. */
export function shown(
  content: ReadableStream<Uint8Array>,
  file: Omit<DownloadFile, "name">,
  securityPolicy: string,
): Response {
  const { headers, status } = attachment(content, { ...file, name: "" }, true);
  headers.set("content-disposition", "inline");
  headers.set("content-security-policy", securityPolicy);
  // A sandbox has an origin of its own; browsers warn of a page that asks to be kept apart by the server's as well.
  headers.set("origin-agent-cluster", "?0");
  return new Response(content, { status, headers });
}

/** Source: RFC 6266, with a name in ASCII for those who do not know the other form. */
function dispositionOf(name: string): string {
  const plain = name.replace(/[^\w .()-]/g, "_");
  const encoded = encodeURIComponent(name.toWellFormed()).replace(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16)}`,
  );
  return `attachment; filename="${plain}"${plain === name ? "" : `; filename*=UTF-8''${encoded}`}`;
}

/**
 * The one range of bytes that a request asks for; undefined when it asks for all, or for several ranges, which may be
 * answered with all.
 */
export function byteRange(request: Request, size: number): ByteRange | "unsatisfiable" | undefined {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(request.headers.get("range")?.trim() ?? "") ?? [];
  if (first === undefined || last === undefined || (first === "" && last === "")) return undefined;
  const from = first === "" ? Math.max(0, size - Number(last)) : Number(first);
  const to = first === "" || last === "" ? size : Math.min(size, Number(last) + 1);
  if (first !== "" && last !== "" && Number(last) < Number(first)) return undefined;
  return from >= size || to <= from ? "unsatisfiable" : { from, to };
}

/** Bytes as a stream, asked for as they are taken; ended when the signal aborts. */
export function toStream(bytes: AsyncIterable<Uint8Array>, signal: AbortSignal): ReadableStream<Uint8Array> {
  const iterator = bytes[Symbol.asyncIterator]();
  // Whoever took the bytes may never ask again, and what is open must be closed all the same.
  signal.addEventListener("abort", () => void Promise.resolve(iterator.return?.()).catch(() => {}), { once: true });
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = await iterator.next();
        signal.throwIfAborted();
        if (next.done) controller.close();
        else controller.enqueue(next.value);
      },
      async cancel() {
        await iterator.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}

/** Bytes of which the first have been taken already: all of them, and what they come from is closed with them. */
export function resumed(first: IteratorResult<Uint8Array>, rest: AsyncIterator<Uint8Array>): AsyncIterable<Uint8Array> {
  let taken: IteratorResult<Uint8Array> | undefined = first;
  // A generator would not do: one that is ended before it was asked for anything ends nothing behind it.
  const iterator: AsyncIterator<Uint8Array> = {
    async next() {
      const next = taken ?? (await rest.next());
      taken = undefined;
      return next;
    },
    async return() {
      taken = undefined;
      await rest.return?.();
      return { done: true, value: undefined };
    },
  };
  return { [Symbol.asyncIterator]: () => iterator };
}
