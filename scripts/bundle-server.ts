import { resolve } from "node:path";
import { type Plugin, rolldown } from "rolldown";
import { root } from "./root.ts";

/** Threads are started from files of their own: each becomes an entry beside the server's. */
const threadFile = /new URL\("(\.\/[\w-]+)\.ts", import\.meta\.url\)/g;

const threads: Plugin = {
  name: "threads",
  transform(code, id) {
    if (!id.endsWith(".ts") || !code.includes("new Worker(")) return null;
    return code.replaceAll(threadFile, (_, path: string) => {
      const fileName = `${path.slice(2)}.js`;
      this.emitFile({ type: "chunk", id: resolve(id, "..", `${path}.ts`), fileName });
      return `new URL("./${fileName}", import.meta.url)`;
    });
  },
};

/**
 * Makes one file of the server and all that it imports, beside a few for what is seldom needed and for its threads: read
 * at once, where two thousand modules are looked up one by one. Lines and names stay as they are written, for traces.
 *
 * @param folder - where the files go: to be put one level below `apps/server`, as the sources are
 */
export async function bundleServer(folder: string): Promise<void> {
  await using bundle = await rolldown({
    cwd: resolve(root, "apps/server"),
    input: { main: "src/main.ts" },
    platform: "node",
    plugins: [threads],
    onLog(level, log) {
      if (level === "warn" && log.code === "UNRESOLVED_IMPORT") throw new Error(log.message);
    },
  });
  await bundle.write({ dir: folder, format: "esm", comments: false });
}

if (import.meta.main) await bundleServer(resolve(process.argv[2] ?? "apps/server/dist"));
