import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { installable, installPackages } from "./debian.ts";
import type { Need } from "./need.ts";

const packages = ["podman", "runc", "catatonit", "busybox-static"];

/**
 * Finds podman with all that tests of containers need, and installs it where that may be done: as root on Debian or
 * Ubuntu. They run it as root, with runc.
 *
 * @returns a busybox that needs no libraries in `BUSYBOX`, which images are made of
 */
export async function preparePodman(): Promise<Need> {
  if (process.getuid?.() !== 0) return { missing: "containers are tested as root" };
  if (findAll()) return found;
  if (!installable()) return { missing: `podman was not found: install the packages ${packages.join(", ")}` };
  const why = await installPackages("containers", packages);
  if (why !== undefined) return { missing: `podman was not found, and ${why}` };
  return findAll() ? found : { missing: `${packages.join(", ")} were installed without podman` };
}

const busybox = "/bin/busybox";
const found: Need = { environment: { BUSYBOX: busybox } };

function findAll(): boolean {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const has = (name: string) => folders.some((folder) => existsSync(join(folder, name)));
  return has("podman") && has("runc") && existsSync(busybox);
}
