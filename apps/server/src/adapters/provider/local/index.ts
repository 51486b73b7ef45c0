import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, open, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Instance, Launch, Provider } from "#core/ports/provider.ts";
import { pilotScript } from "../pilot/pilot-script.ts";
import { readTail } from "../pilot/read-tail.ts";

/** A kind of worker on this machine; what is unset is the machine's. */
export interface LocalFlavor {
  readonly name: string;
  readonly slots?: number | undefined;
  /** `2`, `500m`. */
  readonly cpu?: string | undefined;
  /** `4Gi`. */
  readonly memory?: string | undefined;
}

export interface LocalProviderOptions {
  /** The worker program and what comes first on its command line. */
  readonly command: readonly string[];
  readonly flavors: readonly LocalFlavor[];
  /** Of its own. */
  readonly folder: string;
  /** Python environments, which all workers of this machine share. */
  readonly environments: string;
  /** What workers see of the server's environment. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

const region = "here";
/** Milliseconds after its folder was made within which a start must have begun. */
const beginWithin = 10_000;
/** Milliseconds for which the log of one that has ended stays. */
const logStays = 86_400_000;

/**
 * Workers as processes of this machine, each beside its own shell that outlives the server and ends what its worker
 * leaves. The folder of a start is its identity: its process tells its number there, and how it ended.
 */
export function localProvider(options: LocalProviderOptions): Provider {
  const { flavors, folder } = options;
  const filesOf = (name: string) => {
    const own = join(folder, name);
    return {
      own,
      script: join(own, "pilot.sh"),
      pid: join(own, "pid"),
      status: join(own, "status"),
      log: join(own, "log"),
      data: join(own, "data"),
    };
  };

  async function run(name: string, mode: "run" | "end", token?: string): Promise<void> {
    const files = filesOf(name);
    const log = await open(files.log, "a", 0o600);
    try {
      const child = spawn("/bin/sh", [files.script, mode], {
        detached: true,
        stdio: ["ignore", log.fd, log.fd],
        cwd: files.own,
        env: { ...options.environment, ...(token === undefined ? {} : { TRIBUTARY_TOKEN: token }) },
      });
      await once(child, "spawn");
      child.unref();
    } finally {
      await log.close();
    }
  }

  async function look(name: string): Promise<Instance | undefined> {
    const files = filesOf(name);
    const instance = { name, region, id: name } as const;
    const begunAt = await stat(files.own).then(
      ({ ctimeMs }) => ctimeMs,
      () => undefined,
    );
    if (begunAt === undefined) return undefined;
    const pilot = await livePid(files.pid, files.own);
    if (pilot !== undefined) return { ...instance, state: "running", place: `process ${pilot}` };
    const status = (await readText(files.status)).trim();
    if (status !== "") {
      const reason = `Its program ended with status ${status}`;
      return { ...instance, state: "ended", place: "", reason, isMeant: status === "0" };
    }
    const worker = await livePid(join(files.data, "worker.pid"), files.own);
    if (worker !== undefined) return { ...instance, state: "running", place: `process ${worker}` };
    if ((await readText(files.pid)) === "") {
      const isNew = Date.now() - begunAt < beginWithin;
      return { ...instance, state: isNew ? "waiting" : "ended", place: "", reason: "Its process has not begun" };
    }
    // Killed before it could see to what it leaves: another one does so, and is the instance until then.
    await run(name, "end");
    return { ...instance, state: "running", place: "" };
  }

  return {
    name: "local",
    description: "Processes on the machine of the server",
    isOfThisServer: true,
    flavors: flavors.map(({ name, slots, cpu, memory }) => ({
      name,
      description: describe(cpu, memory),
      ...(slots === undefined ? {} : { slots }),
    })),
    regions: [{ name: region, description: "The machine of the server" }],
    lookEvery: 1_000,

    async problem() {
      return undefined;
    },

    async start(launch) {
      const flavor = flavors.find(({ name }) => name === launch.flavor);
      if (!flavor) throw new Error(`there is no flavor ${launch.flavor} any more`);
      const files = filesOf(launch.name);
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await forgetOld(folder, filesOf);
      await mkdir(files.own, { mode: 0o700 });
      await writeFile(files.script, scriptOf(options, flavor, launch, files), { mode: 0o600 });
      await run(launch.name, "run", launch.token);
    },

    async list(_region, prefix) {
      const names = await readdir(folder).catch(() => []);
      const looked = await Promise.all(names.filter((name) => name.startsWith(prefix)).map(look));
      return looked.filter((instance) => instance !== undefined);
    },

    async stop({ name }, force) {
      const files = filesOf(name);
      const [pilot, worker] = [
        await livePid(files.pid, files.own),
        await livePid(join(files.data, "worker.pid"), files.own),
      ];
      if (force || pilot === undefined) signal(worker, force ? "SIGKILL" : "SIGTERM");
      if (pilot !== undefined) signal(pilot, "SIGTERM");
    },

    readLog: ({ name }) => readTail(filesOf(name).log),
  };
}

function describe(cpu: string | undefined, memory: string | undefined): string {
  const parts = [cpu === undefined ? [] : `${cpu} processors`, memory === undefined ? [] : memory].flat();
  return parts.length === 0 ? "All that the machine has" : parts.join(", ");
}

function scriptOf(
  { command, environments }: LocalProviderOptions,
  { cpu, memory }: LocalFlavor,
  launch: Launch,
  files: { readonly data: string; readonly pid: string; readonly status: string },
): string {
  const { token: _, ...rest } = launch;
  const labels = { provider: "local", flavor: launch.flavor };
  return pilotScript({ command, environments, launch: rest, cpu, memory, labels, data: files.data, notes: files });
}

async function readText(file: string): Promise<string> {
  return readFile(file, "utf8").catch(() => "");
}

/** The process that a file tells the number of, if it lives and has the folder on its command line. */
async function livePid(file: string, folder: string): Promise<number | undefined> {
  const pid = Number.parseInt(await readText(file), 10);
  if (!(pid > 1)) return undefined;
  const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => undefined);
  // Numbers are used again; where there is no /proc, that has to be taken for the rare thing it is.
  if (line !== undefined) return line.includes(folder) ? pid : undefined;
  return process.platform !== "linux" && signal(pid, 0) ? pid : undefined;
}

function signal(pid: number | undefined, name: NodeJS.Signals | 0): boolean {
  if (pid === undefined) return false;
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

/** Removes what is left of starts that ended long ago. */
async function forgetOld(folder: string, filesOf: (name: string) => { readonly own: string; readonly status: string }) {
  for (const name of await readdir(folder)) {
    const { own, status } = filesOf(name);
    const endedAt = await stat(status).then(
      ({ mtimeMs }) => mtimeMs,
      () => undefined,
    );
    if (endedAt !== undefined && Date.now() - endedAt > logStays) await rm(own, { recursive: true, force: true });
  }
}
