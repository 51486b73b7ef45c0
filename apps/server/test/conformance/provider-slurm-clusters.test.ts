import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { slurmProvider } from "#adapters/provider/slurm/index.ts";
import type { Launch } from "#core/ports/provider.ts";
import { readProviders } from "#server/config/providers.ts";

/** Stand in for Slurm's programs: keep how they were called, and answer what a file beside them says. */
const standIn = (folder: string) => `#!/bin/sh
name=$(basename "$0")
echo "$name conf=$SLURM_CONF $*" >>${folder}/calls
cat "${folder}/$name.out" 2>/dev/null
if [ -e "${folder}/$name.err" ]; then cat "${folder}/$name.err" >&2; exit 1; fi
`;

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "trib-clusters-"));
  await mkdir(join(folder, "bin"));
  for (const name of ["sbatch", "squeue", "scancel", "sinfo"]) {
    await writeFile(join(folder, "bin", name), standIn(folder));
    await chmod(join(folder, "bin", name), 0o755);
  }
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const calls = async () =>
  (await readFile(join(folder, "calls"), "utf8"))
    .trim()
    .split("\n")
    .map((line) => line.replace(/ --(parsable|job-name).*/, ""));

function open() {
  const file = join(folder, "providers.yaml");
  const given = JSON.stringify({
    slurm: {
      flavors: [{ name: "small", cpus: 2 }],
      regions: [
        { name: "lab" },
        { name: "campus", configuration: "/etc/slurm-campus/slurm.conf" },
        { name: "far", configuration: "/etc/slurm-all/slurm.conf", cluster: "north" },
      ],
    },
  });
  const { slurm } = readProviders(given, () => file);
  const environment = { PATH: [join(folder, "bin"), process.env.PATH].join(delimiter) };
  const { flavors, regions } = slurm!;
  return slurmProvider({ flavors, regions, folder: "/tmp/x", command: ["worker"], lookEvery: 1_000, environment });
}

const launch = (region: string): Launch => ({
  ...{ name: "tributary-a-1-1", flavor: "small", region, workerId: "w", workerName: "slurm-1" },
  ...{ server: "http://127.0.0.1:1", token: "secret-token" },
});

it("each region is asked by its own slurm.conf, or by the name of its cluster", async () => {
  const provider = open();
  expect(provider.regions.map(({ name }) => name)).toEqual(["lab", "campus", "far"]);
  for (const { name } of provider.regions) {
    expect(await provider.problem(name)).toBeUndefined();
    await provider.start(launch(name));
    await provider.list(name, "tributary-a-");
    await provider.stop({ name: "tributary-a-1-1", region: name, id: "7", state: "running", place: "" }, false);
  }
  const said = await calls();
  const of = (program: string) => said.filter((line) => line.startsWith(`${program} `));
  for (const program of ["sinfo", "sbatch", "squeue", "scancel"]) {
    const [lab, campus, far] = of(program);
    expect(lab).toMatch(new RegExp(`^${program} conf=( |$)`));
    expect(lab).not.toContain("--clusters");
    expect(campus).toContain("conf=/etc/slurm-campus/slurm.conf");
    expect(campus).not.toContain("--clusters");
    expect(far).toContain("conf=/etc/slurm-all/slurm.conf --clusters=north");
  }
  // No command line has the token.
  expect(await readFile(join(folder, "calls"), "utf8")).not.toContain("secret-token");
});

it("a cluster that is down is a problem of its region alone, and its jobs are not taken for gone", async () => {
  const provider = open();
  await writeFile(join(folder, "squeue.err"), "slurm_load_jobs error: Unable to contact slurm controller\n");
  await expect(provider.list("far", "tributary-a-")).rejects.toThrow("Unable to contact slurm controller");
});

it("lists jobs where the cluster's name stands before them", async () => {
  const provider = open();
  await writeFile(
    join(folder, "squeue.out"),
    [
      "CLUSTER: north",
      "7|RUNNING|n1|None|tributary-a-1-1",
      "8|PREEMPTED|n2|None|tributary-a-2-1",
      "9|CANCELLED||None|tributary-a-3-1",
      "10|RUNNING|n1|None|tributary-other-1-1",
    ].join("\n"),
  );
  expect(await provider.list("far", "tributary-a-")).toMatchObject([
    { id: "7", region: "far", state: "running", place: "job 7 on n1" },
    { id: "8", state: "ended", isMeant: false },
    { id: "9", state: "ended", isMeant: true },
  ]);
});
