/** `h2c` is cleartext HTTP/2 with prior knowledge. */
export type Protocol = "h1" | "h2c" | "tls";

const TLS_HANDSHAKE = 0x16;
const HTTP2_PREFACE = Buffer.from("PRI");

/**
 * Which protocol a connection that starts with `bytes` speaks; `undefined` while they could still become HTTP/2's
 * preface (`POST` and `PUT` share its first letter). What is neither TLS nor HTTP/2 is HTTP/1.1's to refuse.
 *
 * Source: RFC 9113, 3.4 (preface); RFC 8446, 5.1 (record type 22).
 */
export function protocolOf(bytes: Uint8Array): Protocol | undefined {
  if (bytes[0] === TLS_HANDSHAKE) return "tls";
  const length = Math.min(bytes.length, HTTP2_PREFACE.length);
  if (HTTP2_PREFACE.compare(bytes, 0, length, 0, length) !== 0) return "h1";
  return length === HTTP2_PREFACE.length ? "h2c" : undefined;
}
