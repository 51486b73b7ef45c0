import { existsSync } from "node:fs";
import { installable, installPackages } from "./debian.ts";
import type { Need } from "./need.ts";

const programs = [
  "/usr/sbin/slurmctld",
  "/usr/sbin/slurmd",
  "/usr/sbin/munged",
  ...["sbatch", "squeue", "scancel", "sinfo"].map((name) => `/usr/bin/${name}`),
];

/** Finds Slurm and munge, and installs them where that may be done: as root on Debian or Ubuntu. */
export async function prepareSlurm(): Promise<Need> {
  // Its daemons change to the users of their jobs.
  if (process.getuid?.() !== 0) return { missing: "only root can start Slurm's daemons" };
  const absent = () => programs.find((path) => !existsSync(path));
  if (absent() === undefined) return { environment: {} };
  if (!installable()) return { missing: `${absent()} was not found: install the packages slurm-wlm and munge` };
  const why = await installPackages("slurm", ["slurm-wlm", "munge"]);
  if (why !== undefined) return { missing: `Slurm was not found, and ${why}` };
  const still = absent();
  return still === undefined ? { environment: {} } : { missing: `slurm-wlm and munge were installed without ${still}` };
}
