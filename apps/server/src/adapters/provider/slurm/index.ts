import { userInfo } from "node:os";
import { join } from "node:path";
import type { Launch, Provider } from "#core/ports/provider.ts";
import { pilotScript } from "../pilot/pilot-script.ts";
import { readTail } from "../pilot/read-tail.ts";
import { jobFormat, readJobs } from "./read-jobs.ts";
import { runProgram } from "./run-program.ts";

/** A kind of job. */
export interface SlurmFlavor {
  readonly name: string;
  /** Unset: the cluster's own choice, as with the others. */
  readonly partition?: string | undefined;
  readonly cpus: number;
  /** MiB of the node. */
  readonly memory?: number | undefined;
  readonly gpus?: number | undefined;
  /** As `sbatch --time` takes it. */
  readonly time?: string | undefined;
  /** Attempts at a time; unset: one a processor. */
  readonly slots?: number | undefined;
  /** More options of `sbatch`. */
  readonly options: readonly string[];
}

/** A cluster. */
export interface SlurmRegion {
  readonly name: string;
  /** Its `slurm.conf`; unset: the machine's. */
  readonly configuration?: string | undefined;
  /** Its name, where one `slurm.conf` leads to several. */
  readonly cluster?: string | undefined;
}

export interface SlurmProviderOptions {
  /** The worker program on a node, and what comes first on its command line. */
  readonly command: readonly string[];
  readonly flavors: readonly SlurmFlavor[];
  readonly regions: readonly SlurmRegion[];
  /** On nodes, for workers' own folders. */
  readonly folder: string;
  /** For jobs' output; on a file system that nodes and this machine share. Unset: none is kept. */
  readonly logs?: string | undefined;
  /** On nodes: by which the server may prove who it is. */
  readonly ca?: string | undefined;
  /** Where workers reach the server, where that differs from other workers. */
  readonly server?: string | undefined;
  /** Milliseconds. */
  readonly lookEvery: number;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Milliseconds for which it is remembered whether a cluster answers. */
const problemStays = 10_000;
/** What a job sees of the server's environment: Slurm keeps it, and shows it to its administrators. */
const forJobs =
  /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LC_\w+|TZ|(https?|no|all)_proxy|SSL_CERT_(FILE|DIR)|NODE_EXTRA_CA_CERTS)$/i;

/** Workers as jobs of Slurm, each a pilot that runs many tasks. The job's name is its identity. */
export function slurmProvider(options: SlurmProviderOptions): Provider {
  const { flavors, regions, logs } = options;
  const user = userInfo().username;
  const base = Object.fromEntries(Object.entries(options.environment).filter(([name]) => forJobs.test(name)));
  const problems = new Map<string, { readonly at: number; readonly why: Promise<string | undefined> }>();

  const find = <T extends { readonly name: string }>(all: readonly T[], name: string, what: string): T => {
    const found = all.find((one) => one.name === name);
    if (!found) throw new Error(`there is no ${what} ${name} any more`);
    return found;
  };

  /** Runs a program for a cluster. */
  function ask(
    region: string,
    program: string,
    args: readonly string[],
    more: { input?: string; token?: string } = {},
  ) {
    const { configuration, cluster } = find(regions, region, "region");
    const environment = {
      ...base,
      ...(configuration === undefined ? {} : { SLURM_CONF: configuration }),
      // By its environment, which no other user sees; Slurm hands it on to the job.
      ...(more.token === undefined ? {} : { TRIBUTARY_TOKEN: more.token }),
    };
    const whole = [...(cluster === undefined ? [] : [`--clusters=${cluster}`]), ...args];
    return runProgram(program, whole, { environment, ...(more.input === undefined ? {} : { input: more.input }) });
  }

  async function look(region: string): Promise<string | undefined> {
    try {
      await ask(region, "sinfo", ["--noheader", "--format=%R"]);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  return {
    name: "slurm",
    description: "Jobs of Slurm, each a worker that runs many tasks",
    isOfThisServer: false,
    flavors: flavors.map(({ name, slots, cpus, ...rest }) => ({
      name,
      slots: slots ?? cpus,
      description: describe({ name, cpus, ...rest }),
    })),
    regions: regions.map(({ name, cluster, configuration }) => ({
      name,
      description:
        cluster === undefined ? (configuration ?? "The cluster of the server's machine") : `Cluster ${cluster}`,
    })),
    lookEvery: options.lookEvery,

    problem(region) {
      const known = problems.get(region);
      if (known && Date.now() - known.at < problemStays) return known.why;
      const why = look(region);
      problems.set(region, { at: Date.now(), why });
      return why;
    },

    async start(launch) {
      const flavor = find(flavors, launch.flavor, "flavor");
      const input = scriptOf(options, flavor, launch);
      const args = [...argumentsOf(flavor, launch, logs), ...flavor.options];
      await ask(launch.region, "sbatch", args, { input, token: launch.token });
    },

    async list(region, prefix) {
      const args = ["--noheader", "--states=all", `--user=${user}`, `--format=${jobFormat}`];
      return readJobs(await ask(region, "squeue", args), region, prefix);
    },

    async stop({ region, id }, force) {
      // Its script ends what the worker leaves, unless it did not when it was asked.
      await ask(region, "scancel", force ? ["--signal=KILL", "--full", id] : [id]).catch((error: unknown) => {
        if (!/invalid job id|already completing|completed/i.test(String(error))) throw error;
      });
    },

    async readLog({ name }) {
      return logs === undefined ? undefined : readTail(join(logs, `${name}.log`));
    },
  };
}

function describe({ partition, cpus, memory, gpus, time }: Omit<SlurmFlavor, "options">): string {
  const parts = [
    `${cpus} ${cpus === 1 ? "processor" : "processors"}`,
    memory === undefined ? [] : `${memory} MiB`,
    gpus === undefined ? [] : `${gpus} ${gpus === 1 ? "GPU" : "GPUs"}`,
    partition === undefined ? [] : `partition ${partition}`,
    time === undefined ? [] : `for ${time} at most`,
  ];
  return parts.flat().join(", ");
}

function argumentsOf(flavor: SlurmFlavor, { name, workerName }: Launch, logs: string | undefined): string[] {
  const { partition, cpus, memory, gpus, time } = flavor;
  return [
    "--parsable",
    `--job-name=${name}`,
    `--comment=${workerName} of Tributary`,
    "--nodes=1",
    "--ntasks=1",
    `--cpus-per-task=${cpus}`,
    ...(partition === undefined ? [] : [`--partition=${partition}`]),
    ...(memory === undefined ? [] : [`--mem=${memory}M`]),
    ...(gpus === undefined ? [] : [`--gpus=${gpus}`]),
    ...(time === undefined ? [] : [`--time=${time}`]),
    // A worker that was lost is another worker when it comes back.
    "--no-requeue",
    "--export=ALL",
    "--chdir=/",
    "--input=none",
    `--output=${logs === undefined ? "/dev/null" : join(logs, `${name}.log`)}`,
    "--open-mode=append",
  ];
}

function scriptOf({ command, folder, ca, server }: SlurmProviderOptions, flavor: SlurmFlavor, launch: Launch): string {
  const { token: _, ...rest } = launch;
  const { cpus, memory, gpus } = flavor;
  return pilotScript({
    command,
    ca,
    data: join(folder, launch.name),
    environments: join(folder, "environments"),
    launch: { ...rest, ...(server === undefined ? {} : { server }) },
    cpu: String(cpus),
    memory: memory === undefined ? undefined : `${memory}Mi`,
    labels: { provider: "slurm", flavor: flavor.name, region: launch.region, ...(gpus ? { gpus: String(gpus) } : {}) },
  });
}
