import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { localProvider } from "#adapters/provider/local/index.ts";
import { providerConformance } from "#test/conformance/provider.ts";

const worker = fileURLToPath(new URL("../../../worker/src/main.ts", import.meta.url));

providerConformance("local", async () => {
  const folder = await mkdtemp(join(tmpdir(), "trib-local-"));
  const open = () =>
    localProvider({
      command: [process.execPath, worker],
      flavors: [{ name: "small", slots: 2, cpu: "2", memory: "1Gi" }],
      folder: join(folder, "workers"),
      environments: join(folder, "environments"),
      environment: { PATH: process.env.PATH, HOME: process.env.HOME },
    });
  return { open, close: () => rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }) };
});
