import { join, resolve } from "node:path";
import type { StagingLimits } from "#core/jobs/staging.ts";
import type { ModelSettings } from "#core/models/model-settings.ts";
import { type ProviderSettings, usualProviderSettings } from "#core/providers/provided-worker.ts";
import type { Retention } from "#core/retention/retention.ts";
import type { TaskqueueSettings } from "#core/workers/worker.ts";
import type { AuthMode } from "#server/authenticate.ts";
import { type Address, addressesOf } from "#server/config/addresses.ts";
import { ConfigError } from "#server/config/config-error.ts";
import {
  type ObjectsCredentials,
  type ObjectsPlace,
  objectsCredentials,
  objectsPlace,
} from "#server/config/objects-place.ts";
import { type ProvidersConfig, readProviders } from "#server/config/providers.ts";
import { type Environment, readVariables, type Values } from "#server/config/read-variables.ts";
import { type Tracking, trackingOf } from "#server/config/tracking.ts";

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
  readonly tracking: Tracking;
  readonly models: ModelSettings;
  readonly shutdownMilliseconds: number;
  readonly logLevel: string;
  /** The environment without the server's own settings, the master key among them: what programs that it starts may see. */
  readonly childEnvironment: Environment;
}

/**
 * Reads the whole configuration.
 *
 * @throws ConfigError with one line for each variable that cannot be used
 */
export function readConfig(environment: Environment = process.env): Config {
  const values = readVariables(environment);
  const { TRIBUTARY_TLS_CERT: certFile, TRIBUTARY_TLS_KEY: keyFile } = values;
  const dataFolder = resolve(environment.INIT_CWD ?? "", values.TRIBUTARY_DATA);
  return {
    addresses: addressesOf(values),
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

function toSource(place: string, folder: string): string {
  if (!place.includes("://")) return resolve(folder, place);
  if (!URL.canParse(place) || !/^https?:$/.test(new URL(place).protocol)) {
    throw new ConfigError(`TRIBUTARY_AGENT_SOURCES  "${place}" is neither a folder nor an http address`);
  }
  return place.replace(/\/+$/, "");
}

/** 0 days or bytes stand for no limit. */
function retentionOf(values: Values): Retention {
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
