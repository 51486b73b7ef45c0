import { createHash, createHmac, hash, timingSafeEqual } from "node:crypto";
import type { Digest, RunningDigest } from "#core/ports/digest.ts";

export function cryptoDigest(): Digest {
  return {
    sha256: (text) => hash("sha256", text),
    hmacSha256: (key, bytes) => createHmac("sha256", key).update(bytes).digest("hex"),
    // Of the digests, which are of one length.
    same: (one, other) => timingSafeEqual(hash("sha256", one, "buffer"), hash("sha256", other, "buffer")),
    sha1: () => runningDigest("sha1"),
    runningSha256: () => runningDigest("sha256"),
  };
}

function runningDigest(algorithm: string): RunningDigest {
  const running = createHash(algorithm);
  return { update: (bytes) => void running.update(bytes), end: () => running.digest("hex") };
}
