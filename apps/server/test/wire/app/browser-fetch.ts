/** What a browser lets a page send without asking. */
const simpleTypes = new Set(["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]);
const simpleHeaders = new Set(["accept", "accept-language", "content-language"]);
/** What a page may read without being told so. */
const readable = new Set(["cache-control", "content-language", "content-length", "content-type", "expires"]);

/** A cross-origin fetch as a browser makes it for a page of `origin`: asks beforehand, and hides what is not exposed. */
export function browserFetch(origin: string, log: string[] = []): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const unsafe = [...request.headers.keys()].filter((name) => !isSimple(name, request.headers.get(name) ?? ""));
    if (unsafe.length > 0 || !["GET", "HEAD", "POST"].includes(request.method)) {
      log.push("preflight");
      await preflight(request, origin, unsafe);
    }
    log.push(request.method);
    request.headers.set("origin", origin);
    request.headers.set("sec-fetch-site", "cross-site");
    const answer = await fetch(request, { redirect: "manual" });
    refuseUnlessAllowed(answer, origin);
    return new Response(answer.body, { status: answer.status, headers: exposedOf(answer.headers) });
  };
}

async function preflight({ url, method }: Request, origin: string, unsafe: readonly string[]): Promise<void> {
  const headers = {
    origin,
    "sec-fetch-site": "cross-site",
    "access-control-request-method": method,
    ...(unsafe.length > 0 && { "access-control-request-headers": [...unsafe].sort().join(",") }),
  };
  const answer = await fetch(url, { method: "OPTIONS", headers });
  refuseUnlessAllowed(answer, origin);
  if (!answer.ok) throw new TypeError(`preflight answered ${answer.status}`);
  const methods = listOf(answer.headers.get("access-control-allow-methods"));
  if (!methods.has(method.toLowerCase()) && method !== "POST") throw new TypeError(`${method} is not allowed`);
  const allowed = listOf(answer.headers.get("access-control-allow-headers"));
  for (const name of unsafe) if (!allowed.has(name)) throw new TypeError(`the header ${name} is not allowed`);
}

function refuseUnlessAllowed(answer: Response, origin: string): void {
  if (answer.headers.get("access-control-allow-origin") !== origin) throw new TypeError("Failed to fetch");
}

function exposedOf(headers: Headers): Headers {
  const exposed = listOf(headers.get("access-control-expose-headers"));
  return new Headers([...headers].filter(([name]) => readable.has(name) || exposed.has(name)));
}

function isSimple(name: string, value: string): boolean {
  return name === "content-type" ? simpleTypes.has(value.split(";")[0] ?? "") : simpleHeaders.has(name);
}

function listOf(header: string | null): Set<string> {
  return new Set((header ?? "").split(",").map((part) => part.trim().toLowerCase()));
}
