import { existsSync } from "node:fs";
import { installable, installPackages } from "./debian.ts";
import type { Need } from "./need.ts";

const programs = ["/usr/sbin/sshd", "/usr/local/sbin/sshd"];

/**
 * Finds OpenSSH's server, and installs it where that may be done: as root on Debian or Ubuntu.
 *
 * @returns the program in `SSHD`
 */
export async function prepareSshd(): Promise<Need> {
  const find = () => programs.find((path) => existsSync(path));
  const found = find();
  if (found) return { environment: { SSHD: found } };
  if (!installable()) return { missing: "sshd was not found: install the package openssh-server" };
  const why = await installPackages("git-ssh", ["openssh-server"]);
  if (why !== undefined) return { missing: `sshd was not found, and ${why}` };
  const installed = find();
  return installed ? { environment: { SSHD: installed } } : { missing: "openssh-server was installed without sshd" };
}
