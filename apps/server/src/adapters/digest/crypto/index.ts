import { hash } from "node:crypto";
import type { Digest } from "#core/ports/digest.ts";

export function cryptoDigest(): Digest {
  return { sha256: (text) => hash("sha256", text) };
}
