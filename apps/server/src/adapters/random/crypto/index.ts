import { randomFillSync } from "node:crypto";
import type { Random } from "#core/ports/random.ts";

/** Asked for at once, as asking takes longer than the few bytes of an id. */
const poolBytes = 4_096;

/** The operating system's random bytes, each given out once. */
export function cryptoRandom(): Random {
  const pool = new Uint8Array(poolBytes);
  let given = poolBytes;
  return {
    bytes(count) {
      if (count > poolBytes) return randomFillSync(new Uint8Array(count));
      if (given + count > poolBytes) {
        randomFillSync(pool);
        given = 0;
      }
      given += count;
      const bytes = pool.slice(given - count, given);
      // What was given out may be a secret.
      pool.fill(0, given - count, given);
      return bytes;
    },
  };
}
