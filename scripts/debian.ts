import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "./root.ts";
import { runCommand } from "./run-command.ts";

/** Whether parts of the system may be installed: as root on Debian or Ubuntu. */
export function installable(): boolean {
  return process.getuid?.() === 0 && isDebian();
}

function isDebian(): boolean {
  const file = "/etc/os-release";
  return existsSync(file) && /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(readFileSync(file, "utf8"));
}

/** Installs packages; answers why not. */
export async function installPackages(suite: string, packages: readonly string[]): Promise<string | undefined> {
  console.log(`· ${suite}: installing ${packages.join(", ")}`);
  for (const argv of [
    ["apt-get", "update"],
    ["apt-get", "install", "-y", "--no-install-recommends", ...packages],
  ] as const) {
    const { ok, why } = await runCommand({
      argv,
      environment: { DEBIAN_FRONTEND: "noninteractive" },
      logFile: join(cacheFolder, `test/${suite}.log`),
      seconds: 600,
    });
    if (!ok) return `${argv.join(" ")} failed: ${why}`;
  }
  return undefined;
}
