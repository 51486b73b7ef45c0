import type { Random } from "#core/ports/random.ts";

/** Letters that cannot be read as words or mistaken for one another; those of Kubernetes' generated names. */
const alphabet = "bcdfghjklmnpqrstvwxz2456789";

/** `prefix` and `length` random characters; 5 characters tell 14 million ids apart, 12 as good as all. */
export function newId(random: Random, prefix: string, length: number): string {
  let id = prefix;
  while (id.length < prefix.length + length) {
    for (const byte of random.bytes(length * 2)) {
      // Bytes past the last whole multiple would favour the first letters.
      if (byte < 256 - (256 % alphabet.length) && id.length < prefix.length + length) {
        id += alphabet[byte % alphabet.length];
      }
    }
  }
  return id;
}
