import { readFileSync } from "node:fs";
import { homedir, hostname } from "node:os";
import { isAbsolute, join } from "node:path";
import { parseArgs } from "node:util";
import { type EngineChoice, readEngineChoice } from "./containers/engine-choice.ts";
import { oneOf, readBytes, readCpuMillis, readPair, UsageError, wholeNumber } from "./option-values.ts";
import { type ServerAddress, toServerAddress } from "./server-address.ts";

/** What the command line says. */
export interface Options {
  readonly server: ServerAddress;
  /** Sent to the server as a bearer token; unset: none is. */
  readonly token?: string;
  /** Certificates, in PEM, by which alone the server may prove who it is; unset: the machine's. */
  readonly ca?: string;
  /** The server need not prove who it is. */
  readonly insecure: boolean;
  readonly folder: string;
  readonly name: string;
  /** Folder for the sockets of processes that serve models, where the server reaches them; unset: none are served. */
  readonly modelSockets?: string;
  /** Attempts at a time; unset means one a processor. */
  readonly slots?: number;
  /** Thousandths of processors to give away; unset means all. */
  readonly cpuMillis?: number;
  /** To give away; unset means all. */
  readonly memoryBytes?: number;
  /** Python interpreters besides those that are found, absolute paths. */
  readonly pythons: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** What it has besides processors and memory, in units. */
  readonly offers: Readonly<Record<string, number>>;
  /** What runs tasks that name an image. */
  readonly containers: EngineChoice;
  /** Folder of Python environments that workers of this machine share; unset means one in the worker's own folder. */
  readonly environments?: string;
  /** Days after its last use for which an environment is kept; 0 means for ever. */
  readonly environmentDays: number;
  /** Room that environments may take together, in GiB; 0 means any. */
  readonly environmentGib: number;
  /** Room for files of attempts that are kept to be used again, in GiB; 0 means that none are. */
  readonly inputGib: number;
  /** Hours for which the files of a failed attempt stay; 0 means none stay. */
  readonly failedHours: number;
  /** Room that these may take, in GiB; 0 means any. */
  readonly failedGib: number;
  /** Processes and threads that an attempt may have at a time unless it asks otherwise; 0 means any number. */
  readonly processes: number;
  /** Seconds without server and attempts after which the program ends; 0 means never. */
  readonly idleExitSeconds: number;
  /** What SIGTERM and SIGINT do: what runs is finished first, or left to the launcher. */
  readonly onStop: "drain" | "leave";
  /** Seconds for which a worker that is told to end waits for what runs; 0 means any time. */
  readonly drainSeconds: number;
  /** Only to end what an earlier worker of the folder left running. */
  readonly endAttempts: boolean;
}

export const USAGE = `Usage: tributary worker --server URL [--token TOKEN] [OPTION...]

Runs tasks of a Tributary server on this machine. It calls the server and needs no port of its own.

  --server URL       https://host:port, http://host:port or unix:/path/sock; TRIBUTARY_SERVER otherwise
  --token TOKEN      API token of the role worker; better by TRIBUTARY_TOKEN or TRIBUTARY_TOKEN_FILE, as other users
                     of the machine can read command lines
  --token-file FILE  where that token is
  --ca FILE          certificates in PEM that the server's is checked against; tls/cert.pem of the server's data folder
                     for one that has made its own
  --insecure         do not check who the server is: whoever answers at URL gets the token and decides what runs here
  --data DIR         the worker's own folder, one a worker (default: ~/.tributary-worker)
  --name NAME        shown in the dashboard (default: the host's name)
  --slots N          attempts at a time, 1 to 10000 (default: one a processor)
  --cpu N            processors to give away, such as 2 or 500m (default: all)
  --memory SIZE      memory to give away, such as 4Gi (default: all)
  --label KEY=VALUE  may be given more than once
  --offer NAME=N     what it has besides processors and memory; may be given more than once
  --python PATH      a Python interpreter besides those that are found; may be given more than once
  --containers auto|podman|docker|off  what runs tasks that name an image (default auto: podman, else docker)
  --engine-options "…"     for podman or docker themselves, such as "--runtime runc"
  --container-options "…"  for every container, such as "--network none --ulimit nofile=1024:1024"
  --processes N      processes and threads of an attempt at a time, unless it asks otherwise (default 4096; 0: any)
  --environments DIR folder of Python environments, which workers of one machine may share
  --environment-days N  keep an environment that nobody uses so long (default 30; 0: for ever)
  --environment-gib N   room for environments together, the least recently used go first (default 20; 0: any)
  --input-gib N      room for files of tasks that are kept to be used again, the least recently used go first
                     (default 10; 0: none are kept; none over unix:)
  --failed-hours N   keep the files of a failed attempt so long (default 24; 0: do not)
  --failed-gib N     room for these, the oldest go first (default 5; 0: any)
  --idle-exit SEC    end after this long with neither server nor attempts (default 0: never; 60 over unix:)
  --on-stop drain|leave  on SIGTERM or Ctrl-C finish what runs first (default; a second one hands it back to be tried
                     again elsewhere), or leave it running for the next worker of the folder (default over unix:)
  --drain-seconds N  hand back what has not finished so long after SIGTERM (default 0: wait)
  --model-sockets DIR where models are served, for a server of the same machine
  --end-attempts     only end what an earlier worker of --data left running, and tell nobody; the folder can go then`;

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * @param variables - the environment
 * @throws UsageError
 */
export function readOptions(args: readonly string[], variables: Variables = {}): Options {
  const { values } = parse(args);
  const server = readServer(values.server ?? variables.TRIBUTARY_SERVER);
  const token = readToken(values, variables);
  return {
    server,
    ...(token === undefined ? {} : { token }),
    ...(values.ca === undefined ? {} : { ca: readText(values.ca, "--ca") }),
    insecure: values.insecure ?? false,
    folder: readFolder(values.data, server),
    name: values.name ?? hostname(),
    ...(values.slots === undefined ? {} : { slots: wholeNumber(values.slots, "--slots", 1, 10_000) }),
    ...(values.cpu === undefined ? {} : { cpuMillis: readCpuMillis(values.cpu, "--cpu") }),
    ...(values.memory === undefined ? {} : { memoryBytes: readBytes(values.memory, "--memory") }),
    ...(values["model-sockets"] ? { modelSockets: values["model-sockets"] } : {}),
    pythons: (values.python ?? []).map(readPython),
    labels: Object.fromEntries((values.label ?? []).map((text) => readPair(text, "--label"))),
    offers: Object.fromEntries((values.offer ?? []).map(readOffer)),
    containers: readEngineChoice(values),
    processes: wholeNumber(values.processes ?? "4096", "--processes", 0, 4_194_304),
    ...(values.environments ? { environments: values.environments } : {}),
    environmentDays: wholeNumber(values["environment-days"] ?? "30", "--environment-days", 0, 36_500),
    environmentGib: wholeNumber(values["environment-gib"] ?? "20", "--environment-gib", 0, 1_000_000),
    inputGib: wholeNumber(values["input-gib"] ?? "10", "--input-gib", 0, 1_000_000),
    failedHours: wholeNumber(values["failed-hours"] ?? "24", "--failed-hours", 0, 100_000),
    failedGib: wholeNumber(values["failed-gib"] ?? "5", "--failed-gib", 0, 1_000_000),
    endAttempts: values["end-attempts"] ?? false,
    idleExitSeconds: wholeNumber(values["idle-exit"] ?? (isLocal(server) ? "60" : "0"), "--idle-exit", 0, 86_400),
    onStop: oneOf(values["on-stop"] ?? (isLocal(server) ? "leave" : "drain"), "--on-stop", ["drain", "leave"]),
    drainSeconds: wholeNumber(values["drain-seconds"] ?? "0", "--drain-seconds", 0, 1_000_000),
  };
}

/** Started by the server itself, which comes and goes on this machine. */
export function isLocal({ text }: ServerAddress): boolean {
  return text.startsWith("unix:");
}

function parse(args: readonly string[]) {
  const text = { type: "string" } as const;
  const many = { type: "string", multiple: true } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        server: text,
        token: text,
        "token-file": text,
        ca: text,
        insecure: { type: "boolean" },
        data: text,
        name: text,
        slots: text,
        cpu: text,
        memory: text,
        "model-sockets": text,
        label: many,
        offer: many,
        python: many,
        containers: text,
        "engine-options": text,
        "container-options": text,
        processes: text,
        environments: text,
        "environment-days": text,
        "environment-gib": text,
        "input-gib": text,
        "failed-hours": text,
        "failed-gib": text,
        "idle-exit": text,
        "on-stop": text,
        "drain-seconds": text,
        "end-attempts": { type: "boolean" },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function readServer(text: string | undefined): ServerAddress {
  if (!text) throw new UsageError("--server is missing, and so is TRIBUTARY_SERVER");
  try {
    return toServerAddress(text);
  } catch (error) {
    throw new UsageError(`--server: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** What is said on the command line goes before the environment. */
function readToken(
  { token, "token-file": file }: { readonly token?: string; readonly "token-file"?: string },
  { TRIBUTARY_TOKEN: variable, TRIBUTARY_TOKEN_FILE: variableFile }: Variables,
): string | undefined {
  const text =
    token ??
    (file && readText(file, "--token-file")) ??
    (variable || (variableFile && readText(variableFile, "TRIBUTARY_TOKEN_FILE")));
  if (text === undefined || text.trim() === "") return undefined;
  if (!/^[\x21-\x7e]+$/.test(text.trim())) throw new UsageError("--token: has characters that no API token has");
  return text.trim();
}

function readText(file: string, option: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new UsageError(
      `${option}: ${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function readFolder(data: string | undefined, server: ServerAddress): string {
  if (data) return data;
  if (isLocal(server)) throw new UsageError("--data is missing");
  return join(homedir(), ".tributary-worker");
}

function readPython(path: string): string {
  if (!isAbsolute(path)) throw new UsageError(`--python: "${path}" is not an absolute path`);
  return path;
}

function readOffer(text: string): [string, number] {
  const [name, amount] = readPair(text, "--offer");
  return [name, wholeNumber(amount, "--offer", 0, 1_000_000_000)];
}
