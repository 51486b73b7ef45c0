import { fileURLToPath } from "node:url";
import type { ServerOptions } from "./server-process.ts";

const root = new URL("../../../", import.meta.url);

/** The server as `npm start` runs it: see `scripts/start.sh`. `npm test` and `npm run bench` have made it before. */
export const builtServer = {
  argv: [
    "--min-semi-space-size=8",
    "--max-semi-space-size=8",
    "--heap-growing-percent=100",
    fileURLToPath(new URL("apps/server/dist/main.js", root)),
  ],
  environment: { NODE_COMPILE_CACHE: fileURLToPath(new URL(".cache/compiled", root)) },
} satisfies ServerOptions;
