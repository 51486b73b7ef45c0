import { isIP } from "node:net";

/** Where the server is, and how it is reached. */
export interface ServerAddress {
  /** `unix:/path/sock`, `http://host:port` or `https://host:port`. */
  readonly text: string;
  /** Reached through a unix socket or a loopback address: nothing that is sent leaves the machine. */
  readonly isHere: boolean;
  readonly isEncrypted: boolean;
}

/**
 * Reads `unix:/path`, an address with `http` or `https`, or one without, which is `http`.
 *
 * @throws Error that says what is wrong, without naming the option
 */
export function toServerAddress(text: string): ServerAddress {
  if (text.startsWith("unix:")) {
    if (!text.startsWith("unix:/")) throw new Error(`"${text}" has no absolute path behind unix:`);
    return { text, isHere: true, isEncrypted: false };
  }
  const whole = /^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(text) ? text : `http://${text}`;
  if (!URL.canParse(whole))
    throw new Error(`"${text}" is no address; write for example https://tributary.example:3342`);
  const { protocol, origin, hostname, pathname, search, username } = new URL(whole);
  if (protocol !== "http:" && protocol !== "https:") {
    throw new Error(`"${text}" is neither unix:/absolute/path nor http://host:port nor https://host:port`);
  }
  if (username !== "")
    throw new Error(`"${hostname}" is given with a user; the token goes into --token or TRIBUTARY_TOKEN`);
  if (pathname !== "/" || search !== "") throw new Error(`"${text}" has something behind the port; write ${origin}`);
  return { text: origin, isHere: isLoopback(hostname), isEncrypted: protocol === "https:" };
}

/** @param host - as in a URL, where IPv6 addresses are in brackets */
function isLoopback(host: string): boolean {
  if (host === "localhost" || host.endsWith(".localhost") || host === "[::1]") return true;
  return isIP(host) === 4 && host.startsWith("127.");
}
