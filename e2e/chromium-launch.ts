import { existsSync } from "node:fs";

const programs = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/snap/bin/chromium"];

/** Everything that a browser does by itself over the network is off: pages of this machine are all it is to see. */
const quiet = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Starts the Chromium of the system: the one in `CHROMIUM` or `CHROMIUM_PATH`, or where it usually is. */
export function chromiumLaunch(): { readonly executablePath?: string; readonly args: string[] } {
  const named = process.env.CHROMIUM || process.env.CHROMIUM_PATH;
  const program = named || programs.find((path) => existsSync(path));
  // without one Playwright looks for its own, and says how to get it
  return { ...(program && { executablePath: program }), args: quiet };
}
