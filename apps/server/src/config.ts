import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { join, resolve } from "node:path";
import { z } from "zod";
import type { StagingLimits } from "#core/jobs/staging.ts";
import type { ModelSettings } from "#core/models/model-settings.ts";
import { type ProviderSettings, usualProviderSettings } from "#core/providers/provided-worker.ts";
import type { Retention } from "#core/retention/retention.ts";
import type { TaskqueueSettings } from "#core/workers/worker.ts";
import type { AuthMode } from "#server/authenticate.ts";
import { type ObjectsPlace, readObjectsUrl } from "#server/objects-url.ts";
import { type ProvidersConfig, readProviders } from "#server/providers-config.ts";

/** Something in the environment cannot be used; the message is a table for whoever starts the server. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

const list = z.string().transform((text) => text.split(",").flatMap((part) => part.trim() || []));
const whole = (least: number, most: number) => z.coerce.number().int().min(least).max(most);
const days = (usual: number) => whole(0, 100_000).default(usual);
const url = z.url({ protocol: /^https?$/ });

/** Every variable, its check and what it means; `docs/configuration.md` is made from this. */
export const variables = {
  TRIBUTARY_HOST: z.string().default("127.0.0.1").describe("Address to listen on."),
  TRIBUTARY_PORT: whole(0, 65_535).default(3342).describe("Port; 0 takes a free one."),
  TRIBUTARY_LISTEN: list.default([]).describe("More addresses, as `host:port`, separated by commas."),
  TRIBUTARY_DATA: z.string().min(1).default(".tributary").describe("Folder for everything that is kept."),
  TRIBUTARY_DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/, message: "is not postgres://user:password@host:port/name" })
    .optional()
    .describe(
      "PostgreSQL database for all state, `postgres://user:password@host/name`; unset: SQLite in the data folder.",
    ),
  TRIBUTARY_OBJECTS_URL: z
    .string()
    .optional()
    .describe(
      "Where files are kept: a folder, or `s3://bucket/prefix?endpoint=…&region=…&pathStyle=…`; unset: `objects` in the data folder.",
    ),
  TRIBUTARY_OBJECTS_ACCESS_KEY_ID: z
    .string()
    .optional()
    .describe("Access key for S3; unset: what the AWS SDK finds in the environment or on the machine."),
  TRIBUTARY_OBJECTS_SECRET_ACCESS_KEY: z.string().optional().describe("Its secret."),
  TRIBUTARY_OBJECTS_SESSION_TOKEN: z.string().optional().describe("Its session token, where it has one."),
  TRIBUTARY_PUBLIC_URL: url
    .optional()
    .describe("Where users reach the server, when that is not the address it listens on."),
  TRIBUTARY_ALLOWED_HOSTS: list.default([]).describe("Host names clients may call besides loopback ones."),
  TRIBUTARY_CORS_ORIGINS: list
    .default([])
    .describe("Origins whose pages may call the server, such as notebooks; each in full, `*` is refused."),
  TRIBUTARY_TLS_CERT: z
    .string()
    .optional()
    .describe("PEM file with the certificate; unset: a self-signed pair is made."),
  TRIBUTARY_TLS_KEY: z.string().optional().describe("PEM file with its key."),
  TRIBUTARY_MASTER_KEY: z
    .string()
    .optional()
    .describe(
      "Keys under which secrets are sealed, each 32 bytes in base64 or hex, separated by commas or white space; unset: a key file is made in the data folder.",
    ),
  TRIBUTARY_AUTH: z
    .enum(["local", "required", "none-i-know"])
    .default("local")
    .describe(
      "Who may call: `local` trusts this machine's user and listens on loopback only, `required` asks for API tokens, `none-i-know` trusts whoever reaches the server.",
    ),
  TRIBUTARY_SLOTS: whole(1, 10_000).optional().describe("Attempts at a time on this machine; unset: one a processor."),
  TRIBUTARY_PROCESSES: whole(0, 4_194_304)
    .default(4096)
    .describe(
      "Processes and threads a task on this machine may have at a time unless it asks otherwise; 0: any number.",
    ),
  TRIBUTARY_PLAIN_SECRETS: z
    .enum(["on", "off"])
    .default("off")
    .describe(
      "Send secrets to workers of other machines also without TLS: for networks, or proxies that end TLS, that are trusted.",
    ),
  TRIBUTARY_CONTAINERS: z
    .enum(["auto", "podman", "docker", "off"])
    .default("auto")
    .describe("What runs tasks that name an image on this machine; `auto` takes podman, and docker where it has none."),
  TRIBUTARY_CONTAINER_ENGINE_OPTIONS: z
    .string()
    .default("")
    .describe("Options for podman or docker themselves, separated by spaces, such as `--runtime runc`."),
  TRIBUTARY_CONTAINER_OPTIONS: z
    .string()
    .default("")
    .refine((text) => !/(^|\s)--?privileged\b/.test(text), "must not have --privileged")
    .describe("Options for every container, separated by spaces, such as `--network none --ulimit nofile=1024:1024`."),
  TRIBUTARY_EXAMPLE: z
    .enum(["on", "off"])
    .default("on")
    .describe("Add and run the example project on the first start."),
  TRIBUTARY_LOCAL_TASKQUEUE: z
    .enum(["fallback", "always", "never"])
    .default("fallback")
    .describe(
      "When the worker of this machine takes tasks of TaskQueue: `fallback` while no worker of scitq is online, `always`, or `never`.",
    ),
  TRIBUTARY_TASKQUEUE_OFFLINE_SECONDS: whole(10, 604_800)
    .default(300)
    .describe(
      "Seconds without a ping, a report or output after which a worker of scitq is taken for lost, and its tasks run elsewhere.",
    ),
  TRIBUTARY_AGENT_SOURCES: list
    .default([])
    .describe(
      "Where the job Agent finds files by id, in this order: folders (`<folder>/<id>`) and addresses (`<address>/files/<id>/data`), separated by commas.",
    ),
  TRIBUTARY_AGENT_JOBS: whole(0, 10_000)
    .default(1)
    .describe("Jobs of the Agent that the worker of this machine runs at a time."),
  TRIBUTARY_AGENT_FILES_GIB: z.coerce
    .number()
    .min(0)
    .default(20)
    .describe("GiB that the Agent's files may take; those that no job needs go first, the least recently used first."),
  TRIBUTARY_AGENT_HOLD_HOURS: whole(0, 100_000)
    .default(24)
    .describe("Hours for which a job waits for a file that cannot be had before it fails."),
  TRIBUTARY_AGENT_FAILED: z
    .enum(["done", "aborted"])
    .default("done")
    .describe(
      "How the end of a job that did not succeed is told: `done` with trailing metadata, or the status `aborted` for clients that read none.",
    ),
  TRIBUTARY_PROVIDERS: z
    .string()
    .optional()
    .describe(
      "File, YAML or JSON, that says which workers can be had from providers, this machine and Slurm (docs/backends); or such a text that begins with `{`.",
    ),
  TRIBUTARY_WORKER_URL: url
    .optional()
    .describe(
      "Where workers of providers reach the server; unset: TRIBUTARY_PUBLIC_URL, or the address it listens on.",
    ),
  TRIBUTARY_PROVIDED_WORKERS: whole(0, 100_000)
    .default(200)
    .describe("Workers of providers that there may be at a time; 0: none can be made."),
  TRIBUTARY_PROVIDED_IDLE_SECONDS: whole(0, 31_536_000)
    .default(300)
    .describe("Seconds without work after which a worker of a provider is given back; 0: never."),
  TRIBUTARY_PROVIDED_DRAIN_SECONDS: whole(0, 31_536_000)
    .default(3_600)
    .describe(
      "Seconds that a worker of a provider has to finish what it runs when it is deleted; what it has not finished then runs elsewhere.",
    ),
  TRIBUTARY_PROVIDED_START_SECONDS: whole(1, 86_400)
    .default(300)
    .describe("Seconds within which a worker must register once its provider runs it; then it is started again."),
  TRIBUTARY_CALLS_PER_SECOND: whole(1, 10_000_000)
    .default(10_000)
    .describe("Calls of one caller a second, on average; more are refused with `resource_exhausted`."),
  TRIBUTARY_CALLS_AT_ONCE: whole(1, 1_000_000)
    .default(2_048)
    .describe("Calls of one caller under way at a time; four times as many of all callers."),
  TRIBUTARY_STREAMS_AT_ONCE: whole(1, 1_000_000)
    .default(4_096)
    .describe("Streams of one caller open at a time, such as logs that are followed; four times as many of all."),
  TRIBUTARY_LOG_TASK_BYTES: whole(1_048_576, 1_099_511_627_776)
    .default(4_294_967_296)
    .describe("What is kept of a task's log, in bytes; of a longer one the beginning and the end."),
  TRIBUTARY_LOG_LINE_BYTES: whole(1_024, 1_048_576)
    .default(65_536)
    .describe("What is shown of a line of a log, in bytes; downloads have all of it."),
  TRIBUTARY_KEEP_TASKS_DAYS: days(90).describe(
    "Days after which an ended task is removed, with all that belongs to it.",
  ),
  TRIBUTARY_KEEP_TASKS_COUNT: whole(1, 100_000_000)
    .default(1_000_000)
    .describe("Ended tasks that are kept; beyond it the oldest are removed."),
  TRIBUTARY_KEEP_JOURNAL_DAYS: days(30).describe("Days after which an entry of the journal is forgotten."),
  TRIBUTARY_KEEP_JOURNAL_COUNT: whole(1_000, 100_000_000)
    .default(1_000_000)
    .describe("Entries of the journal that are kept for clients that were away."),
  TRIBUTARY_KEEP_AUDIT_DAYS: days(365).describe("Days after which an event of the audit trail is forgotten."),
  TRIBUTARY_KEEP_AUDIT_COUNT: whole(1_000, 100_000_000)
    .default(1_000_000)
    .describe("Events of the audit trail that are kept; beyond it the oldest are forgotten."),
  TRIBUTARY_KEEP_LOGS_DAYS: days(90).describe(
    "Days after its last line after which the log of an ended task is removed.",
  ),
  TRIBUTARY_KEEP_LOGS_GIB: z.coerce
    .number()
    .min(0)
    .default(50)
    .describe("GiB that all logs may take; beyond it the oldest of ended tasks are removed. 0: no limit."),
  TRIBUTARY_ENVIRONMENTS: z
    .string()
    .optional()
    .describe(
      "Folder for the Python environments of this machine, which servers of the same user may share; unset: in the data folder.",
    ),
  TRIBUTARY_KEEP_ENVIRONMENTS_DAYS: whole(0, 36_500)
    .default(30)
    .describe("Days after its last use after which a Python environment on this machine is removed; 0: never."),
  TRIBUTARY_KEEP_ENVIRONMENTS_GIB: whole(0, 1_000_000)
    .default(20)
    .describe("Room that Python environments on this machine may take; the least recently used go first; 0: any."),
  TRIBUTARY_KEEP_FAILED_HOURS: whole(0, 100_000)
    .default(24)
    .describe("Hours for which the files of a failed attempt stay on this machine; 0: none stay."),
  TRIBUTARY_KEEP_FAILED_GIB: whole(0, 1_000_000)
    .default(5)
    .describe("Room that files of failed attempts may take on this machine; the oldest go first; 0: any."),
  TRIBUTARY_KEEP_UNUSED_OBJECTS_HOURS: whole(1, 100_000)
    .default(24)
    .describe("Hours after which a file is removed to which nothing refers."),
  TRIBUTARY_BACKUPS: z
    .string()
    .optional()
    .describe("Folder for backups, best on another disk; unset: `backups` in the data folder."),
  TRIBUTARY_SWEEP_MINUTES: whole(1, 100_000)
    .default(60)
    .describe("Minutes between two looks for what is to be removed."),
  TRIBUTARY_MLFLOW_TRACKING_URI: z
    .string()
    .optional()
    .describe(
      "MLflow's tracking store, where tasks write models: `http://…` of a tracking server, or a folder; unset: `mlflow` in the data folder.",
    ),
  TRIBUTARY_MLFLOW_USERNAME: z
    .string()
    .optional()
    .describe("User name for the tracking server; tasks bring their own."),
  TRIBUTARY_MLFLOW_PASSWORD: z.string().optional().describe("Its password."),
  TRIBUTARY_MLFLOW_TOKEN: z
    .string()
    .optional()
    .describe("Token for the tracking server, instead of name and password."),
  TRIBUTARY_MODEL_READY_SECONDS: whole(1, 86_400)
    .default(300)
    .describe("Seconds within which a process that serves a model must be ready; then another is started."),
  TRIBUTARY_MODEL_REFRESH_SECONDS: whole(1, 86_400)
    .default(60)
    .describe("Seconds between two looks for new versions of a model; the end of its training is noticed at once."),
  TRIBUTARY_SHUTDOWN_SECONDS: whole(0, 3_600).default(10).describe("How long calls under way may run on at shutdown."),
  TRIBUTARY_LOG_LEVEL: z
    .enum(["trace", "debug", "info", "warn", "error"])
    .default("warn")
    .describe("What the server's own log tells."),
} as const;

/** Variables whose value may be in a file instead, named by the variable with `_FILE` behind it. */
export const secretVariables = [
  "TRIBUTARY_DATABASE_URL",
  "TRIBUTARY_MASTER_KEY",
  "TRIBUTARY_OBJECTS_SECRET_ACCESS_KEY",
  "TRIBUTARY_OBJECTS_SESSION_TOKEN",
  "TRIBUTARY_MLFLOW_PASSWORD",
  "TRIBUTARY_MLFLOW_TOKEN",
] as const;

const schema = z.object(variables);

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface ObjectsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface Config {
  readonly addresses: readonly [Address, ...Address[]];
  /** Absolute. */
  readonly dataFolder: string;
  /** With the password; undefined for the embedded store. */
  readonly databaseUrl: string | undefined;
  readonly objects: ObjectsPlace;
  readonly objectsCredentials: ObjectsCredentials | undefined;
  readonly publicUrl: string | undefined;
  readonly allowedHosts: readonly string[];
  readonly corsOrigins: readonly string[];
  readonly tls: { readonly certFile?: string; readonly keyFile?: string };
  readonly masterKey: string | undefined;
  /** Where that was read from; read again when keys are looked for. */
  readonly masterKeyFile: string | undefined;
  readonly auth: AuthMode;
  readonly slots: number | undefined;
  /** Of an attempt at a time; 0 means any number. */
  readonly processes: number;
  /** How the worker of this machine runs containers: options separated by spaces. */
  readonly containers: { readonly wanted: string; readonly engineOptions: string; readonly containerOptions: string };
  /** Where the worker of this machine has its Python environments; absolute. */
  readonly environmentsFolder: string | undefined;
  /** What the worker of this machine keeps: days or hours, and GiB. */
  readonly machine: {
    readonly environmentDays: number;
    readonly environmentGib: number;
    readonly failedHours: number;
    readonly failedGib: number;
  };
  /** What providers can give. */
  readonly providers: ProvidersConfig;
  readonly providerSettings: ProviderSettings;
  /** Where workers of providers reach the server, where that is set. */
  readonly workerUrl: string | undefined;
  readonly taskqueue: TaskqueueSettings & {
    /** Milliseconds of silence after which a worker of scitq's is lost. */
    readonly offlineAfter: number;
  };
  readonly agent: {
    /** Absolute folders, and addresses. */
    readonly sources: readonly string[];
    readonly jobs: number;
    readonly failed: "done" | "aborted";
    readonly staging: StagingLimits;
  };
  /** Secrets go to workers of other machines also without TLS. */
  readonly plainSecrets: boolean;
  readonly example: boolean;
  /** How much one caller may ask of the server. */
  readonly admission: { readonly callsPerSecond: number; readonly callsAtOnce: number; readonly streamsAtOnce: number };
  readonly logTaskBytes: number;
  readonly logLineBytes: number;
  /** Absolute. */
  readonly backupFolder: string;
  readonly retention: Retention;
  /** Where models are written and read. */
  readonly tracking: {
    readonly uri: string;
    readonly credentials: { readonly username?: string; readonly password?: string; readonly token?: string };
  };
  readonly models: ModelSettings;
  readonly shutdownMilliseconds: number;
  readonly logLevel: string;
  /** The environment without the server's own settings, the master key among them: what programs that it starts may see. */
  readonly childEnvironment: Readonly<Record<string, string | undefined>>;
}

/**
 * Reads the whole configuration.
 *
 * @throws ConfigError with one line for each variable that cannot be used
 */
export function readConfig(environment: Readonly<Record<string, string | undefined>> = process.env): Config {
  const parsed = schema.safeParse(withFiles(environment));
  if (!parsed.success) throw new ConfigError(table(parsed.error.issues));
  const values = parsed.data;
  const unknown = Object.keys(environment).filter((name) => name.startsWith("TRIBUTARY_") && !isKnown(name));
  if (unknown.length > 0) {
    throw new ConfigError(
      unknown.map((name) => `${name}  is not a variable of this server; remove it or mend its name`).join("\n"),
    );
  }
  const addresses: [Address, ...Address[]] = [
    { host: values.TRIBUTARY_HOST, port: values.TRIBUTARY_PORT },
    ...values.TRIBUTARY_LISTEN.map(toAddress),
  ];
  if (values.TRIBUTARY_AUTH === "local") refuseOpenDoors(addresses);
  const { TRIBUTARY_TLS_CERT: certFile, TRIBUTARY_TLS_KEY: keyFile } = values;
  const dataFolder = resolve(environment.INIT_CWD ?? "", values.TRIBUTARY_DATA);
  return {
    addresses,
    dataFolder,
    objects: objectsPlace(values.TRIBUTARY_OBJECTS_URL, dataFolder, resolve(environment.INIT_CWD ?? "")),
    objectsCredentials: objectsCredentials(values),
    databaseUrl: values.TRIBUTARY_DATABASE_URL,
    publicUrl: values.TRIBUTARY_PUBLIC_URL,
    allowedHosts: values.TRIBUTARY_ALLOWED_HOSTS,
    corsOrigins: values.TRIBUTARY_CORS_ORIGINS,
    tls: { ...(certFile ? { certFile } : {}), ...(keyFile ? { keyFile } : {}) },
    masterKey: values.TRIBUTARY_MASTER_KEY,
    masterKeyFile: environment.TRIBUTARY_MASTER_KEY_FILE || undefined,
    auth: values.TRIBUTARY_AUTH,
    slots: values.TRIBUTARY_SLOTS,
    processes: values.TRIBUTARY_PROCESSES,
    containers: {
      wanted: values.TRIBUTARY_CONTAINERS,
      engineOptions: values.TRIBUTARY_CONTAINER_ENGINE_OPTIONS,
      containerOptions: values.TRIBUTARY_CONTAINER_OPTIONS,
    },
    environmentsFolder:
      values.TRIBUTARY_ENVIRONMENTS && resolve(environment.INIT_CWD ?? "", values.TRIBUTARY_ENVIRONMENTS),
    machine: {
      environmentDays: values.TRIBUTARY_KEEP_ENVIRONMENTS_DAYS,
      environmentGib: values.TRIBUTARY_KEEP_ENVIRONMENTS_GIB,
      failedHours: values.TRIBUTARY_KEEP_FAILED_HOURS,
      failedGib: values.TRIBUTARY_KEEP_FAILED_GIB,
    },
    taskqueue: {
      localWorker: values.TRIBUTARY_LOCAL_TASKQUEUE,
      offlineAfter: values.TRIBUTARY_TASKQUEUE_OFFLINE_SECONDS * 1000,
    },
    providers: providersOf(values.TRIBUTARY_PROVIDERS, environment.INIT_CWD ?? ""),
    providerSettings: {
      mostWorkers: values.TRIBUTARY_PROVIDED_WORKERS,
      idleAfter:
        values.TRIBUTARY_PROVIDED_IDLE_SECONDS === 0
          ? Number.POSITIVE_INFINITY
          : values.TRIBUTARY_PROVIDED_IDLE_SECONDS * 1000,
      drainFor: values.TRIBUTARY_PROVIDED_DRAIN_SECONDS * 1000,
      startWithin: values.TRIBUTARY_PROVIDED_START_SECONDS * 1000,
      giveUpAfter: usualProviderSettings.giveUpAfter,
    },
    workerUrl: values.TRIBUTARY_WORKER_URL?.replace(/\/$/, ""),
    agent: {
      sources: values.TRIBUTARY_AGENT_SOURCES.map((place) => toSource(place, environment.INIT_CWD ?? "")),
      jobs: values.TRIBUTARY_AGENT_JOBS,
      failed: values.TRIBUTARY_AGENT_FAILED,
      staging: {
        bytes: Math.floor(values.TRIBUTARY_AGENT_FILES_GIB * 2 ** 30),
        longestHold: values.TRIBUTARY_AGENT_HOLD_HOURS * 3_600_000,
      },
    },
    plainSecrets: values.TRIBUTARY_PLAIN_SECRETS === "on",
    example: values.TRIBUTARY_EXAMPLE === "on",
    admission: {
      callsPerSecond: values.TRIBUTARY_CALLS_PER_SECOND,
      callsAtOnce: values.TRIBUTARY_CALLS_AT_ONCE,
      streamsAtOnce: values.TRIBUTARY_STREAMS_AT_ONCE,
    },
    logTaskBytes: values.TRIBUTARY_LOG_TASK_BYTES,
    logLineBytes: values.TRIBUTARY_LOG_LINE_BYTES,
    backupFolder: resolve(environment.INIT_CWD ?? "", values.TRIBUTARY_BACKUPS ?? join(dataFolder, "backups")),
    retention: retentionOf(values),
    tracking: trackingOf(values, resolve(environment.INIT_CWD ?? ""), dataFolder),
    models: {
      readyWithin: values.TRIBUTARY_MODEL_READY_SECONDS * 1000,
      refreshEvery: values.TRIBUTARY_MODEL_REFRESH_SECONDS * 1000,
    },
    shutdownMilliseconds: values.TRIBUTARY_SHUTDOWN_SECONDS * 1000,
    logLevel: values.TRIBUTARY_LOG_LEVEL,
    childEnvironment: Object.fromEntries(
      Object.entries(environment).filter(([name]) => !name.startsWith("TRIBUTARY_")),
    ),
  };
}

function providersOf(given: string | undefined, folder: string): ProvidersConfig {
  try {
    return readProviders(given, (path) => resolve(folder, path));
  } catch (error) {
    const lines = (error instanceof Error ? error.message : String(error)).split("\n");
    throw new ConfigError(lines.map((line) => `TRIBUTARY_PROVIDERS  ${line}`).join("\n"));
  }
}

function trackingOf(
  values: z.output<typeof schema>,
  folder: string,
  dataFolder: string,
): Pick<Config, "tracking">["tracking"] {
  const given = values.TRIBUTARY_MLFLOW_TRACKING_URI;
  const { TRIBUTARY_MLFLOW_USERNAME: username, TRIBUTARY_MLFLOW_PASSWORD: password } = values;
  const { TRIBUTARY_MLFLOW_TOKEN: token } = values;
  const credentials = {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(token === undefined ? {} : { token }),
  };
  return { uri: given === undefined ? join(dataFolder, "mlflow") : trackingUri(given, folder), credentials };
}

function trackingUri(given: string, folder: string): string {
  const refuse = (why: string) => new ConfigError(`TRIBUTARY_MLFLOW_TRACKING_URI  ${why}`);
  if (!/^[a-z][a-z0-9+.-]*:/i.test(given)) return resolve(folder, given);
  const parsed = URL.parse(given);
  if (!parsed || !["http:", "https:", "file:"].includes(parsed.protocol)) {
    const name = given.split(":", 1)[0];
    throw refuse(`${name}: cannot be read by this server; run MLflow's server over it, and give its http:// address`);
  }
  if (parsed.protocol === "file:" && (parsed.host !== "" || /%2f/i.test(parsed.pathname))) {
    throw refuse(`"${given.slice(0, 200)}" names no folder of this machine; write file:///folder`);
  }
  if (parsed.username !== "" || parsed.password !== "") {
    throw refuse("has a user or password, which every task would read: use TRIBUTARY_MLFLOW_USERNAME and _PASSWORD");
  }
  return given;
}

function toSource(place: string, folder: string): string {
  if (!place.includes("://")) return resolve(folder, place);
  if (!URL.canParse(place) || !/^https?:$/.test(new URL(place).protocol)) {
    throw new ConfigError(`TRIBUTARY_AGENT_SOURCES  "${place}" is neither a folder nor an http address`);
  }
  return place.replace(/\/+$/, "");
}

/** 0 days or bytes stand for no limit. */
function retentionOf(values: z.output<typeof schema>): Retention {
  const limit = (value: number, unit: number) => (value === 0 ? Number.POSITIVE_INFINITY : value * unit);
  const day = 86_400_000;
  return {
    tasks: { age: limit(values.TRIBUTARY_KEEP_TASKS_DAYS, day), count: values.TRIBUTARY_KEEP_TASKS_COUNT },
    audit: { age: limit(values.TRIBUTARY_KEEP_AUDIT_DAYS, day), count: values.TRIBUTARY_KEEP_AUDIT_COUNT },
    journal: { age: limit(values.TRIBUTARY_KEEP_JOURNAL_DAYS, day), count: values.TRIBUTARY_KEEP_JOURNAL_COUNT },
    logs: { age: limit(values.TRIBUTARY_KEEP_LOGS_DAYS, day), bytes: limit(values.TRIBUTARY_KEEP_LOGS_GIB, 2 ** 30) },
    unusedObjects: { age: values.TRIBUTARY_KEEP_UNUSED_OBJECTS_HOURS * 3_600_000 },
    sweepEvery: values.TRIBUTARY_SWEEP_MINUTES * 60_000,
  };
}

function objectsPlace(url: string | undefined, dataFolder: string, folder: string): ObjectsPlace {
  if (url === undefined) return { kind: "files", folder: join(dataFolder, "objects") };
  try {
    return readObjectsUrl(url, folder);
  } catch (error) {
    throw new ConfigError(`TRIBUTARY_OBJECTS_URL  ${error instanceof Error ? error.message : error}`);
  }
}

function objectsCredentials(values: z.output<typeof schema>): ObjectsCredentials | undefined {
  const {
    TRIBUTARY_OBJECTS_ACCESS_KEY_ID: accessKeyId,
    TRIBUTARY_OBJECTS_SECRET_ACCESS_KEY: secretAccessKey,
    TRIBUTARY_OBJECTS_SESSION_TOKEN: sessionToken,
  } = values;
  if (accessKeyId !== undefined && secretAccessKey !== undefined) {
    return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
  }
  if (accessKeyId !== undefined || secretAccessKey !== undefined) {
    throw new ConfigError(
      "TRIBUTARY_OBJECTS_ACCESS_KEY_ID  and TRIBUTARY_OBJECTS_SECRET_ACCESS_KEY belong together: set both or neither",
    );
  }
  return undefined;
}

function isKnown(name: string): boolean {
  return name in variables || secretVariables.some((variable) => name === `${variable}_FILE`);
}

function withFiles(environment: Readonly<Record<string, string | undefined>>): Record<string, string | undefined> {
  const values: Record<string, string | undefined> = {};
  // An empty variable means an unset one: that is how compose files and shells leave things out.
  for (const [name, value] of Object.entries(environment)) if (value !== "") values[name] = value;
  for (const variable of secretVariables) {
    const file = values[`${variable}_FILE`];
    if (file === undefined) continue;
    if (values[variable] !== undefined) {
      throw new ConfigError(`${variable}  is set, and ${variable}_FILE too: set one of them`);
    }
    try {
      values[variable] = readFileSync(file, "utf8").trim();
    } catch (error) {
      throw new ConfigError(
        `${variable}_FILE  ${file} cannot be read: ${error instanceof Error ? error.message : error}`,
      );
    }
  }
  return values;
}

function toAddress(text: string): Address {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (!match || port > 65_535) throw new ConfigError(`TRIBUTARY_LISTEN  "${text}" is not host:port`);
  return { host: match[1] ?? match[2] ?? "", port };
}

/** Without authentication nobody but this machine may reach the server. */
function refuseOpenDoors(addresses: readonly Address[]): void {
  for (const { host } of addresses) {
    if (isLoopback(host)) continue;
    throw new ConfigError(
      `TRIBUTARY_HOST  ${host} can be reached from other machines, and without TRIBUTARY_AUTH nobody would have to say ` +
        "who they are: set TRIBUTARY_AUTH=required, and callers need API tokens, the first of which is printed at the start; " +
        "or listen on 127.0.0.1",
    );
  }
}

/** Whether only programs of this machine reach the address. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

function table(issues: readonly z.core.$ZodIssue[]): string {
  const width = Math.max(...issues.map(({ path }) => String(path[0]).length));
  return issues.map(({ path, message }) => `${String(path[0]).padEnd(width)}  ${message}`).join("\n");
}
