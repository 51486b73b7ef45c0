import { execFileSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { installable, installPackages } from "./debian.ts";
import type { Need } from "./need.ts";

const programs = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/snap/bin/chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/**
 * Finds Chromium or Chrome, and installs it where that may be done: as root on Debian or Ubuntu.
 *
 * @returns the program in `CHROMIUM`; a `CHROMIUM` that is already set is taken as it is
 */
export async function prepareChromium(places: readonly string[] = programs): Promise<Need> {
  const found = findChromium(places);
  if (found) return { environment: { CHROMIUM: found } };
  if (!installable()) return { missing: "Chromium was not found: install it, or set CHROMIUM to the program" };
  const why = await installPackages("browser", ["chromium"]);
  if (why !== undefined) return { missing: `Chromium was not found, and ${why}` };
  const installed = findChromium(places);
  return installed ? { environment: { CHROMIUM: installed } } : { missing: "Chromium was installed, but does not run" };
}

function findChromium(places: readonly string[]): string | undefined {
  return [process.env.CHROMIUM ?? "", ...places].find((path) => path !== "" && runs(path));
}

/** The program of Ubuntu's package exists even where it only tells to install something else. */
function runs(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    execFileSync(path, ["--version"], { stdio: "ignore", timeout: 20_000 });
    return true;
  } catch {
    return false;
  }
}
