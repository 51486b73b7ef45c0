import { createHash } from "node:crypto";

/** `SHA256:…`, as ssh shows a key. @param key - in base64, as in `known_hosts` */
export function sshFingerprint(key: string): string {
  const digest = createHash("sha256").update(Buffer.from(key, "base64")).digest("base64");
  return `SHA256:${digest.replace(/=+$/, "")}`;
}
