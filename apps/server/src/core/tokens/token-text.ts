import type { Random } from "#core/ports/random.ts";
import type { TokenKind } from "#core/tokens/token.ts";

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const prefixes: Readonly<Record<TokenKind, string>> = { api: "trib_", session: "tribs_" };
const secretBytes = 32;
/** Digits of 256 bits, and of the 32 bits of the checksum, in base 62. */
const secretDigits = 43;
const checkDigits = 6;

/**
 * A new token: a prefix that scanners of leaked secrets can look for, 256 random bits, and a checksum by which a mangled
 * copy is told from a token that is not known.
 */
export function newTokenText(random: Random, kind: TokenKind): string {
  let secret = 0n;
  for (const byte of random.bytes(secretBytes)) secret = (secret << 8n) | BigInt(byte);
  const body = prefixes[kind] + digits(secret, secretDigits);
  return body + checksum(body);
}

/** Which kind of token a text looks like, whether it is whole or not; undefined for what is none of ours. */
export function kindOfText(text: string): TokenKind | undefined {
  if (text.startsWith(prefixes.api)) return "api";
  return text.startsWith(prefixes.session) ? "session" : undefined;
}

/** Whether the text is a whole token of that kind. */
export function isWhole(text: string, kind: TokenKind): boolean {
  const body = text.slice(0, -checkDigits);
  return (
    body.length === prefixes[kind].length + secretDigits && kindOfText(text) === kind && text === body + checksum(body)
  );
}

function digits(value: bigint, length: number): string {
  let text = "";
  for (let rest = value; text.length < length; rest /= 62n) text = alphabet[Number(rest % 62n)] + text;
  return text;
}

/** CRC-32 (IEEE 802.3) in base 62. */
function checksum(body: string): string {
  let crc = 0xffffffff;
  for (let index = 0; index < body.length; index++) {
    crc ^= body.charCodeAt(index);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return digits(BigInt(~crc >>> 0), checkDigits);
}
