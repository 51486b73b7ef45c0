import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";

/**
 * Finds a program of the system, and installs it where that may be done: as root on Debian or Ubuntu.
 *
 * @throws Error that says what is missing
 */
export function needProgram(program: string, debianPackage: string): string {
  const found = find(program);
  if (found) return found;
  if (process.getuid?.() !== 0 || !isDebian()) throw new Error(`${program} was not found: install ${debianPackage}`);
  const environment = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  // What the package would start by itself is not wanted here.
  const argv = ["install", "-y", "--no-install-recommends", debianPackage];
  for (const step of [["update"], argv])
    execFileSync("apt-get", step, { stdio: "ignore", env: { ...environment, RUNLEVEL: "1" }, timeout: 300_000 });
  const installed = find(program);
  if (!installed) throw new Error(`${debianPackage} was installed, but ${program} is not there`);
  return installed;
}

function find(program: string): string | undefined {
  return ["/usr/bin", "/usr/local/bin", "/bin"]
    .map((folder) => `${folder}/${program}`)
    .find((path) => existsSync(path));
}

function isDebian(): boolean {
  const file = "/etc/os-release";
  return existsSync(file) && /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(readFileSync(file, "utf8"));
}
