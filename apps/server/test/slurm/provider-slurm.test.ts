import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { slurmProvider } from "#adapters/provider/slurm/index.ts";
import { providerConformance } from "#test/conformance/provider.ts";
import { startSlurmCluster } from "#test/slurm/slurm-cluster.ts";

const worker = fileURLToPath(new URL("../../../worker/src/main.ts", import.meta.url));

providerConformance("slurm", async () => {
  const cluster = await startSlurmCluster();
  const logs = join(cluster.folder, "logs");
  await mkdir(logs);
  const open = () =>
    slurmProvider({
      command: [process.execPath, worker],
      flavors: [{ name: "small", partition: "work", cpus: 1, options: [] }],
      regions: [{ name: "here", configuration: cluster.configuration }],
      folder: join(cluster.folder, "pilots"),
      logs,
      lookEvery: 200,
      environment: { PATH: process.env.PATH, HOME: process.env.HOME },
    });
  return { open, close: () => cluster.close() };
});
