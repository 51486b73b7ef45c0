import { hostname } from "node:os";
import { parseArgs } from "node:util";

/** What the command line says. */
export interface Options {
  /** `unix:/path/sock`, `http://host:port` or `https://host:port`. */
  readonly server: string;
  readonly folder: string;
  readonly name: string;
  /** Folder for the sockets of processes that serve models, where the server reaches them; unset: none are served. */
  readonly modelSockets?: string;
  /** Attempts at a time; unset means one a processor. */
  readonly slots?: number;
  readonly labels: Readonly<Record<string, string>>;
  /** What it has besides processors and memory, in units. */
  readonly offers: Readonly<Record<string, number>>;
  /** Folder of Python environments that workers of this machine share; unset means one in the worker's own folder. */
  readonly environments?: string;
  /** Days after its last use for which an environment is kept; 0 means for ever. */
  readonly environmentDays: number;
  /** Room that environments may take together, in GiB; 0 means any. */
  readonly environmentGib: number;
  /** Hours for which the files of a failed attempt stay; 0 means none stay. */
  readonly failedHours: number;
  /** Room that these may take, in GiB; 0 means any. */
  readonly failedGib: number;
  /** Processes and threads that an attempt may have at a time unless it asks otherwise; 0 means any number. */
  readonly processes: number;
  /** Seconds without server and attempts after which the program ends; 0 means never. */
  readonly idleExitSeconds: number;
}

export const USAGE = `Usage: node main.ts --server unix:/path/sock|http://host:port --folder DIR
  --name NAME        shown in the dashboard (default: the host's name)
  --slots N          attempts at a time, 1 to 10000 (default: one a processor)
  --model-sockets DIR where models are served, for a server of the same machine
  --labels KEY=VALUE may be given more than once
  --offers NAME=N    what it has besides processors and memory; may be given more than once
  --processes N      processes and threads of an attempt at a time, unless it asks otherwise (default 4096; 0: any)
  --environments DIR folder of Python environments, which workers of one machine may share
  --environment-days N  keep an environment that nobody uses so long (default 30; 0: for ever)
  --environment-gib N   room for environments together, the least recently used go first (default 20; 0: any)
  --failed-hours N   keep the files of a failed attempt so long (default 24; 0: do not)
  --failed-gib N     room for these, the oldest go first (default 5; 0: any)
  --idle-exit SEC    end after this long with neither server nor attempts (default 60; 0: never)
TRIBUTARY_TOKEN in the environment is sent to the server as a bearer token.`;

/** Thrown for a command line that cannot be understood; the message says what to change. */
export class UsageError extends Error {}

/** @throws UsageError */
export function readOptions(args: readonly string[]): Options {
  const { values } = parse(args);
  const server = required(values.server, "--server");
  if (!/^(unix:\/.+|https?:\/\/[^/]+\/?)$/.test(server)) {
    throw new UsageError(
      `--server: "${server}" is neither unix:/absolute/path nor http://host:port nor https://host:port`,
    );
  }
  return {
    server,
    folder: required(values.folder, "--folder"),
    name: values.name ?? hostname(),
    ...(values.slots === undefined ? {} : { slots: wholeNumber(values.slots, "--slots", 1, 10_000) }),
    ...(values["model-sockets"] ? { modelSockets: values["model-sockets"] } : {}),
    labels: Object.fromEntries((values.labels ?? []).map((text) => readPair(text, "--labels"))),
    offers: Object.fromEntries((values.offers ?? []).map(readOffer)),
    processes: wholeNumber(values.processes ?? "4096", "--processes", 0, 4_194_304),
    ...(values.environments ? { environments: values.environments } : {}),
    environmentDays: wholeNumber(values["environment-days"] ?? "30", "--environment-days", 0, 36_500),
    environmentGib: wholeNumber(values["environment-gib"] ?? "20", "--environment-gib", 0, 1_000_000),
    failedHours: wholeNumber(values["failed-hours"] ?? "24", "--failed-hours", 0, 100_000),
    failedGib: wholeNumber(values["failed-gib"] ?? "5", "--failed-gib", 0, 1_000_000),
    idleExitSeconds: wholeNumber(values["idle-exit"] ?? "60", "--idle-exit", 0, 86_400),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        server: { type: "string" },
        folder: { type: "string" },
        name: { type: "string" },
        slots: { type: "string" },
        "model-sockets": { type: "string" },
        labels: { type: "string", multiple: true },
        offers: { type: "string", multiple: true },
        processes: { type: "string" },
        environments: { type: "string" },
        "environment-days": { type: "string" },
        "environment-gib": { type: "string" },
        "failed-hours": { type: "string" },
        "failed-gib": { type: "string" },
        "idle-exit": { type: "string" },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function required(value: string | undefined, option: string): string {
  if (!value) throw new UsageError(`${option} is missing`);
  return value;
}

function wholeNumber(text: string, option: string, least: number, most: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new UsageError(`${option}: "${text}" is not a whole number from ${least} to ${most}`);
  }
  return value;
}

function readPair(text: string, option: string): [string, string] {
  const at = text.indexOf("=");
  if (at < 1) throw new UsageError(`${option}: "${text}" is not of the form key=value`);
  return [text.slice(0, at), text.slice(at + 1)];
}

function readOffer(text: string): [string, number] {
  const [name, amount] = readPair(text, "--offers");
  return [name, wholeNumber(amount, "--offers", 0, 1_000_000_000)];
}
