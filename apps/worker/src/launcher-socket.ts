import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Room for the longest path of a unix socket on any system. */
const LIMIT = 103;

/** Where the launcher of a worker's folder listens: in the folder, or under a short path of the same user when that is too deep. */
export function launcherSocket(folder: string): string {
  const inside = join(folder, "launcher.sock");
  if (Buffer.byteLength(inside) <= LIMIT) return inside;
  const name = createHash("sha256").update(folder).digest("hex").slice(0, 16);
  const base = Buffer.byteLength(tmpdir()) < 40 ? tmpdir() : "/tmp";
  return join(base, `tributary-${process.getuid?.() ?? 0}-${name}`, "launcher.sock");
}
