import type { IncomingMessage } from "node:http";
import { isIPv4, isIPv6 } from "node:net";
import { Code, ConnectError } from "@connectrpc/connect";
import type { onRequestHookHandler } from "fastify";
import { type Authority, originOf, parseAuthority, parseOrigin } from "./authority.ts";
import { connectionOf } from "./connection.ts";
import { answerCors } from "./cors-headers.ts";
import { ListenError } from "./listen-error.ts";
import { sendRefusal } from "./send-refusal.ts";

export interface GuardOptions {
  /**
   * Host names clients may call besides the loopback ones: `name` (any port), `name:port`, `*.domain`, or `*` for
   * every name, which gives up the protection against DNS rebinding.
   */
  readonly allowedHosts: readonly string[];
  /** Origins (`https://notebooks.example.org`) whose pages may call the server. */
  readonly allowedOrigins: readonly string[];
  /** Where users reach the server, when a proxy or another name is in between: its host and origin are ours. */
  readonly publicUrl?: string;
  /**
   * Whether every plain IP address is an allowed host, for servers that listen on all interfaces. Rebinding needs a
   * name, so an address is as safe as the network it is reached by.
   */
  readonly anyIpAddress?: boolean;
}

/** What the decision rests on, whatever protocol the request came by. */
export interface GuardedRequest {
  readonly method: string;
  /** `Host` or `:authority`. */
  readonly authority: string | undefined;
  readonly origin: string | undefined;
  /** `Sec-Fetch-Site`. */
  readonly fetchSite: string | undefined;
  readonly tls: boolean;
  readonly kind: "tcp" | "unix";
}

/** `corsOrigin` is there when a page of a configured foreign origin calls, and must be told that it may. */
export type Verdict =
  | { readonly allowed: true; readonly corsOrigin?: string }
  | { readonly allowed: false; readonly message: string };

export interface BrowserGuard {
  judge(request: GuardedRequest): Verdict;
  /**
   * Whether a page of this server made the request, or a browser that was not sent by another site: only then does a
   * cookie count. Whatever may change something must name our origin, which browsers do and pages cannot forge.
   */
  isOwnPage(request: IncomingMessage): boolean;
  /** Add it before any route: `app.addHook("onRequest", guard.onRequest)`. */
  readonly onRequest: onRequestHookHandler;
}

/**
 * Keeps web pages of others from using this server through a user's browser, even where no password protects it.
 *
 * The Host must be a name of ours: a page whose own name was re-pointed to this machine (DNS rebinding) still sends
 * that name. An Origin, which browsers add and pages cannot forge, must be the origin that was called or a
 * configured one. Native clients send no Origin and pass with any allowed Host. Loopback names pass with any port, for
 * tunnels and container port mappings change it, and a page on another port is told apart by its Origin.
 *
 * @throws ListenError for an entry of the options that cannot be understood
 */
export function browserGuard(options: GuardOptions): BrowserGuard {
  const publicOrigin = options.publicUrl === undefined ? undefined : publicOriginOf(options.publicUrl);
  const hostAllowed = hostCheck(options, publicOrigin?.authority);
  const foreignOrigins = new Set(options.allowedOrigins.map(configuredOrigin));

  function judge({ method, authority: called, origin, fetchSite, tls, kind }: GuardedRequest): Verdict {
    const authority = called === undefined ? undefined : parseAuthority(called);
    if (!authority) return refuse("The request names no valid host. Send a Host header, or :authority in HTTP/2.");
    if (kind === "tcp" && !hostAllowed(authority)) {
      return refuse(
        `This server does not answer to the host name "${authority.host}". Call it by a name it knows, or add this one to TRIBUTARY_ALLOWED_HOSTS.`,
      );
    }
    if (origin === undefined) return judgeWithoutOrigin(method, fetchSite);
    const page = parseOrigin(origin);
    if (page === undefined) return refuse("Pages without an origin of their own may not call this server.");
    if (page === originOf(tls ? "https" : "http", authority) || page === publicOrigin?.origin) return { allowed: true };
    if (foreignOrigins.has(page)) return { allowed: true, corsOrigin: origin };
    return refuse(
      `Pages of ${page.slice(0, 200)} may not call this server. If you trust them, add that origin to TRIBUTARY_CORS_ORIGINS.`,
    );
  }

  return {
    judge,
    isOwnPage(request) {
      const asked = guardedRequest(request);
      if (asked.origin === undefined) return isRead(asked.method) && isUnsent(asked.fetchSite);
      const verdict = judge(asked);
      return verdict.allowed && verdict.corsOrigin === undefined;
    },
    onRequest(request, reply, done) {
      const verdict = judge(guardedRequest(request.raw));
      // What caches keep for one origin must not be given to another, which may read it or not.
      if (foreignOrigins.size > 0) reply.header("vary", "Origin");
      if (!verdict.allowed) {
        sendRefusal(request, reply, new ConnectError(verdict.message, Code.PermissionDenied));
      } else if (verdict.corsOrigin === undefined || !answerCors(request, reply, verdict.corsOrigin)) {
        done();
      }
    },
  };
}

/** What {@link BrowserGuard.judge} needs to know of a request of `http`, or of `http2`'s compatibility API. */
export function guardedRequest({ method = "", headers, socket }: IncomingMessage): GuardedRequest {
  const { kind, tls } = connectionOf(socket);
  const site = headers["sec-fetch-site"];
  return {
    method,
    authority: authorityOf(headers),
    origin: headers.origin,
    fetchSite: Array.isArray(site) ? site.join() : site,
    tls,
    kind,
  };
}

function authorityOf(headers: IncomingMessage["headers"]): string | undefined {
  const authority = headers[":authority"];
  return typeof authority === "string" ? authority : headers.host;
}

function refuse(message: string): Verdict {
  return { allowed: false, message };
}

/** Reading is harmless without an Origin: the page cannot see the answer. Browsers mark what pages of others send. */
function judgeWithoutOrigin(method: string, fetchSite: string | undefined): Verdict {
  if (isRead(method) || isUnsent(fetchSite)) return { allowed: true };
  return refuse("Pages of other sites may not call this server.");
}

function isRead(method: string): boolean {
  return method === "GET" || method === "HEAD";
}

/** Whether no page of another site is behind a request, as far as it tells. */
function isUnsent(fetchSite: string | undefined): boolean {
  return fetchSite === undefined || fetchSite === "same-origin" || fetchSite === "none";
}

function hostCheck({ allowedHosts, anyIpAddress }: GuardOptions, own: Authority | undefined) {
  const checks = allowedHosts.map(configuredHost);
  return (called: Authority): boolean =>
    isLoopback(called.host) ||
    called.host === own?.host ||
    (anyIpAddress === true && isIpAddress(called.host)) ||
    checks.some((allows) => allows(called));
}

/** Whether nothing that is sent to it leaves the machine. */
export function isLoopback(host: string): boolean {
  return (
    host === "localhost" || host.endsWith(".localhost") || host === "::1" || (isIPv4(host) && host.startsWith("127."))
  );
}

function isIpAddress(host: string): boolean {
  return isIPv4(host) || isIPv6(host);
}

function configuredHost(entry: string): (called: Authority) => boolean {
  if (entry === "*") return () => true;
  const suffix = entry.startsWith("*.") ? parseAuthority(entry.slice(2)) : undefined;
  if (suffix) return ({ host, port }) => host.endsWith(`.${suffix.host}`) && (suffix.port ?? port) === port;
  const allowed = parseAuthority(isIPv6(entry) ? `[${entry}]` : entry);
  if (!allowed) {
    throw new ListenError(
      `TRIBUTARY_ALLOWED_HOSTS: "${entry}" is not a host. Write name, name:port, *.domain, an IP address, or * for any.`,
    );
  }
  return ({ host, port }) => host === allowed.host && (allowed.port ?? port) === port;
}

function configuredOrigin(entry: string): string {
  const origin = parseOrigin(entry.replace(/\/$/, ""));
  if (origin === undefined) {
    throw new ListenError(
      `TRIBUTARY_CORS_ORIGINS: "${entry}" is not an origin. Write scheme://host or scheme://host:port, without a path.`,
    );
  }
  return origin;
}

function publicOriginOf(publicUrl: string): { origin: string; authority: Authority } {
  const url = URL.canParse(publicUrl) ? new URL(publicUrl) : undefined;
  const authority = url && parseAuthority(url.host);
  const origin = url && parseOrigin(url.origin);
  if (!authority || !origin || !/^https?:$/.test(url.protocol)) {
    throw new ListenError(`TRIBUTARY_PUBLIC_URL: "${publicUrl}" is not an http or https URL with a host.`);
  }
  return { origin, authority };
}
