import { execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { endProcesses, familyOf, processesOf } from "#test/slurm/processes.ts";

const run = promisify(execFile);

/** Slurm on this machine: one controller, and nodes that are processes here. */
export interface SlurmCluster {
  /** What programs are told in `SLURM_CONF`. */
  readonly configuration: string;
  /** Of its own; goes with it. */
  readonly folder: string;
  /** Runs one of Slurm's programs; answers what it prints. */
  run(program: string, ...args: readonly string[]): Promise<string>;
  /** As a machine that loses its power: its daemon and all that its jobs have started are gone at once. */
  killNode(name: string): Promise<void>;
  startNode(name: string): Promise<void>;
  /** The controller goes, and with it all answers; its state stays. */
  stopController(): Promise<void>;
  startController(): Promise<void>;
  close(): Promise<void>;
}

interface Daemon {
  readonly pid: number;
  kill(signal: NodeJS.Signals): Promise<void>;
}

export const nodes = ["n1", "n2"] as const;

/** Starts munge, the controller and two nodes of 4 processors each, in a folder of their own and on loopback. */
export async function startSlurmCluster(): Promise<SlurmCluster> {
  const folder = await mkdtemp(join(tmpdir(), "trib-slurm-"));
  // Slurm refuses a socket that others could not reach.
  await chmod(folder, 0o711);
  const configuration = join(folder, "slurm.conf");
  await makeFolders(folder);
  const ports = [await freePort(), await freePort(), await freePort()];
  await writeFile(configuration, configurationText(folder, ports));
  const environment = { PATH: process.env.PATH, SLURM_CONF: configuration };
  const start = (name: string, program: string, ...args: readonly string[]) =>
    startDaemon(join(folder, `${name}.out`), program, args, environment);
  const ask = async (program: string, ...args: readonly string[]) =>
    (await run(program, args, { env: environment, timeout: 30_000 })).stdout.trim();

  const munge = await startMunge(folder, start);
  const startController = () => start("slurmctld", "/usr/sbin/slurmctld", "-D");
  let controller = await startController();
  const daemons = new Map<string, Daemon>();
  const startNode = async (name: string) => {
    daemons.set(name, await start(name, "/usr/sbin/slurmd", "-D", "-N", name));
    // One that a job waits for has it at once.
    const isUp = async () => /^(idle|mixed|allocated)\b/.test(await ask("sinfo", "-hN", "-n", name, "-o", "%T"));
    await until(`node ${name}`, isUp);
  };
  await Promise.all(nodes.map(startNode));
  return {
    configuration,
    folder,
    run: ask,
    startNode,
    async killNode(name) {
      // All are looked for before the first one goes, for who started whom is forgotten then.
      const jobs = await familyOf(await processesOf(({ environment: of }) => isOnNode(of, configuration, name)));
      await daemons.get(name)?.kill("SIGKILL");
      await endProcesses(jobs);
    },
    async stopController() {
      await controller.kill("SIGTERM");
    },
    async startController() {
      controller = await startController();
      await until("the controller", async () => (await ask("scontrol", "ping")).includes("UP"));
    },
    async close() {
      const left = await familyOf(
        await processesOf(({ environment: of, line }) => of.includes(configuration) || line.includes(folder)),
      );
      for (const daemon of [...daemons.values(), controller, munge]) await daemon.kill("SIGTERM");
      await endProcesses(left);
      await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    },
  };
}

function isOnNode(environment: string, configuration: string, name: string): boolean {
  return environment.includes(configuration) && environment.includes(`SLURMD_NODENAME=${name}\0`);
}

async function makeFolders(folder: string): Promise<void> {
  for (const name of ["munge", "state", "pilots", ...nodes]) {
    await mkdir(join(folder, name), { mode: name === "munge" ? 0o711 : 0o700 });
  }
  await writeFile(join(folder, "munge/key"), randomBytes(1024), { mode: 0o600 });
}

async function startMunge(
  folder: string,
  start: (name: string, program: string, ...args: readonly string[]) => Promise<Daemon>,
): Promise<Daemon> {
  const files = { "key-file": "key", socket: "socket", "pid-file": "pid", "log-file": "log", "seed-file": "seed" };
  const options = Object.entries(files).map(([option, name]) => `--${option}=${join(folder, "munge", name)}`);
  const munge = await start("munge", "/usr/sbin/munged", "--foreground", "--num-threads=2", ...options);
  const check = ["--no-input", "--output=/dev/null", `--socket=${join(folder, "munge/socket")}`];
  await until("munge", () =>
    run("munge", check).then(
      () => true,
      () => false,
    ),
  );
  return munge;
}

function configurationText(folder: string, [controller, ...ports]: readonly number[]): string {
  const host = hostname();
  return [
    "ClusterName=test",
    `SlurmctldHost=${host}(127.0.0.1)`,
    `SlurmctldPort=${controller}`,
    "CommunicationParameters=NoCtldInAddrAny,NoInAddrAny",
    "SlurmUser=root",
    "SlurmdUser=root",
    "AuthType=auth/munge",
    "CredType=cred/munge",
    `AuthInfo=socket=${join(folder, "munge/socket")}`,
    `StateSaveLocation=${join(folder, "state")}`,
    `SlurmdSpoolDir=${join(folder, "%n")}`,
    `SlurmctldPidFile=${join(folder, "slurmctld.pid")}`,
    `SlurmdPidFile=${join(folder, "%n.pid")}`,
    `SlurmctldLogFile=${join(folder, "slurmctld.log")}`,
    `SlurmdLogFile=${join(folder, "%n.log")}`,
    "SelectType=select/cons_tres",
    "SelectTypeParameters=CR_CPU",
    "ProctrackType=proctrack/linuxproc",
    "TaskPlugin=task/none",
    "SwitchType=switch/none",
    "MpiDefault=none",
    "JobAcctGatherType=jobacct_gather/none",
    "AccountingStorageType=accounting_storage/none",
    "JobCompType=jobcomp/none",
    "ReturnToService=2",
    // A node that says nothing for so many seconds is down.
    "SlurmdTimeout=5",
    "KillWait=10",
    "SchedulerType=sched/builtin",
    "SchedulerParameters=batch_sched_delay=0",
    "SlurmdParameters=config_overrides",
    ...nodes.map(
      (name, n) => `NodeName=${name} NodeHostname=${host} NodeAddr=127.0.0.1 Port=${ports[n]} CPUs=4 RealMemory=4000`,
    ),
    "PartitionName=work Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP",
    "PartitionName=closed Nodes=n1,n2 State=DOWN",
    "",
  ].join("\n");
}

async function startDaemon(
  out: string,
  program: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<Daemon> {
  const script = 'exec "$0" "$@" >>"$OUT" 2>&1';
  const child = spawn("/bin/sh", ["-c", script, program, ...args], {
    stdio: "ignore",
    env: { ...environment, OUT: out },
  });
  await once(child, "spawn");
  const exited = once(child, "exit");
  return {
    pid: child.pid!,
    async kill(signal) {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      await exited;
    },
  };
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  let why: unknown;
  for (let tries = 0; tries < 600; tries++) {
    const answer = await holds().catch((error: unknown) => {
      why = error;
      return false;
    });
    if (answer) return;
    await sleep(50);
  }
  throw new Error(`${what} does not come up${why instanceof Error ? `: ${why.message}` : ""}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port is free");
  return address.port;
}

/** The controller's own log, for a test that fails. */
export async function controllerLog({ folder }: SlurmCluster): Promise<string> {
  return readFile(join(folder, "slurmctld.log"), "utf8");
}
