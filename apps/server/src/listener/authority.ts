import { isIPv6 } from "node:net";

/** A host and, where it was said, a port, as in a `Host` header, `:authority` or an origin. */
export interface Authority {
  /** Lower case, without IPv6's brackets and without the root's final dot. */
  readonly host: string;
  readonly port?: number;
}

const BRACKETED = /^\[([0-9a-f:.]+)\](?::(\d{1,5}))?$/i;
const NAMED = /^([a-z0-9_-]+(?:\.[a-z0-9_-]+)*)\.?(?::(\d{1,5}))?$/i;

/** What `text` names; undefined when it is not a plain host with an optional port. */
export function parseAuthority(text: string): Authority | undefined {
  const named = NAMED.exec(text);
  const [, host, port] = named ?? BRACKETED.exec(text) ?? [];
  if (host === undefined || Number(port ?? 0) > 65_535) return undefined;
  if (!named && !isIPv6(host)) return undefined;
  const plain = named ? host.toLowerCase() : new URL(`http://[${host}]`).hostname.slice(1, -1);
  return { host: plain, ...(port !== undefined && { port: Number(port) }) };
}

/** `scheme://host:port` with the port always there, so that two spellings of one origin are equal. */
export function originOf(scheme: "http" | "https", { host, port }: Authority): string {
  return `${scheme}://${host}:${port ?? (scheme === "https" ? 443 : 80)}`;
}

/**
 * The same spelling for an `Origin` header or a configured origin. Undefined for what is none, `null` and URLs with a
 * path among it; schemes of browser extensions and editors are kept as they are.
 */
export function parseOrigin(text: string): string | undefined {
  const [, scheme = "", rest = ""] = /^([a-z][a-z0-9+.-]*):\/\/([^/?#\s]+)$/i.exec(text) ?? [];
  const kind = scheme.toLowerCase();
  if (kind !== "http" && kind !== "https") return kind && rest ? `${kind}://${rest.toLowerCase()}` : undefined;
  const authority = parseAuthority(rest);
  return authority && originOf(kind, authority);
}
