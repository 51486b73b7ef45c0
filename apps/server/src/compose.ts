import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { hostname, tmpdir, userInfo } from "node:os";
import { dirname, join } from "node:path";
import { createHistogram, type RecordableHistogram } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { tarArchiver } from "#adapters/archiver/tar/index.ts";
import { folderBackups } from "#adapters/backups/folder/index.ts";
import { restoreBackup } from "#adapters/backups/folder/restore-backup.ts";
import { cronerCalendar } from "#adapters/calendar/croner/index.ts";
import { systemClock } from "#adapters/clock/system/index.ts";
import { cryptoDigest } from "#adapters/digest/crypto/index.ts";
import { folderFileSource } from "#adapters/file-source/folder/index.ts";
import { httpFileSource } from "#adapters/file-source/http/index.ts";
import { programGit } from "#adapters/git/program/index.ts";
import { localWorkerProcess } from "#adapters/local-worker/process/index.ts";
import { fileLogStore } from "#adapters/log-store/files/index.ts";
import { nodeMachine } from "#adapters/machine/node/index.ts";
import { unixSocketEndpoints } from "#adapters/model-endpoints/unix-socket/index.ts";
import { fileObjectStore } from "#adapters/object-store/files/index.ts";
import { yamlProjectFileReader } from "#adapters/project-file-reader/yaml/index.ts";
import { localProvider } from "#adapters/provider/local/index.ts";
import { slurmProvider } from "#adapters/provider/slurm/index.ts";
import { cryptoRandom } from "#adapters/random/crypto/index.ts";
import { fileSecretVault } from "#adapters/secret-vault/file/index.ts";
import { newestTables } from "#adapters/store/kysely/migrations/index.ts";
import { lockFolder } from "#adapters/store/sqlite/folder-lock.ts";
import { sqliteStore } from "#adapters/store/sqlite/index.ts";
import { threadTables } from "#adapters/tables/thread/index.ts";
import { isTrackingFolder, mlflowTracking, trackingFolder } from "#adapters/tracking/mlflow/index.ts";
import { makeTrackingFolder } from "#adapters/tracking/mlflow/make-tracking-folder.ts";
import { yazlZip } from "#adapters/zip/yazl/index.ts";
import { AuditTrail } from "#core/audit/audit-trail.ts";
import { Leases } from "#core/dispatch/leases.ts";
import { WaitingWorkers } from "#core/dispatch/waiting-workers.ts";
import { RefusedError } from "#core/errors.ts";
import { Staging } from "#core/jobs/staging.ts";
import { jobPlaces } from "#core/jobs/to-job-spec.ts";
import { PlacedLogs } from "#core/logs/placed-logs.ts";
import type { Ports } from "#core/ports/index.ts";
import type { LocalWorker } from "#core/ports/local-worker.ts";
import type { ObjectStore } from "#core/ports/object-store.ts";
import type { Provider } from "#core/ports/provider.ts";
import type { Store } from "#core/ports/store.ts";
import { openKeyRing } from "#core/secrets/key-ring.ts";
import { KnownTokens } from "#core/tokens/known-tokens.ts";
import { WorkerLogs } from "#core/workers/worker-logs.ts";
import type { Config } from "#server/config.ts";
import { serverIdOf } from "#server/server-id.ts";
import { serverVersion } from "#server/server-version.ts";

/** A worker that is silent for this long has lost its attempts, in milliseconds. */
const leaseDuration = 30_000;

/** Milliseconds that events of the audit trail wait for others, where nobody waits for them. */
const auditPause = 25;

const root = fileURLToPath(new URL("../../../", import.meta.url));

export interface Composed {
  readonly ports: Ports;
  readonly localWorker: LocalWorker;
  /** Where workers of this machine reach the server. */
  readonly socketPath: string;
  /** Nanoseconds that commits took to reach the disk. */
  readonly syncs: RecordableHistogram;
  /** What keeps the state. */
  readonly storeName: "sqlite" | "postgres";
  /** Calls back when the store is lost, and when it is back. */
  onReachable(listener: (reachable: boolean) => void): void;
  close(): Promise<void>;
}

export interface ComposeLog {
  warn(details: Record<string, unknown>, message: string): void;
  fatal(details: Record<string, unknown>, message: string): void;
}

/** Chooses an adapter for every port. */
export async function compose(config: Config, log: ComposeLog): Promise<Composed> {
  const { dataFolder } = config;
  await mkdir(dataFolder, { recursive: true, mode: 0o700 });
  const syncs = createHistogram();
  const reachable = new Set<(reachable: boolean) => void>();
  const { store, close: closeStore } = await openStore(config, log, syncs, (isReachable) => {
    for (const listener of reachable) listener(isReachable);
  });
  try {
    const vault = await fileSecretVault({
      file: join(dataFolder, "master.key"),
      ...(config.masterKey === undefined ? {} : { masterKey: config.masterKey }),
      ...(config.masterKeyFile === undefined ? {} : { masterKeyFile: config.masterKeyFile }),
    });
    const clock = systemClock();
    await openKeyRing({ store, vault, clock });
    const ownLogs = await fileLogStore({
      folder: join(dataFolder, "logs"),
      taskBytes: config.logTaskBytes,
      lineBytes: config.logLineBytes,
      log: (message) => log.warn({}, message),
    });
    // A database can be shared by several servers, each with logs of its own.
    const serverId = config.databaseUrl === undefined ? undefined : await serverIdOf(dataFolder);
    const logs = serverId === undefined ? ownLogs : new PlacedLogs(ownLogs, store, serverId, clock.now);
    const digest = cryptoDigest();
    const random = cryptoRandom();
    const audit = new AuditTrail({ store, clock, random, pause: () => sleep(auditPause) }, (error, lost) =>
      log.warn({ err: error, lost }, "events of the audit trail could not be written"),
    );
    const objects = await objectStore(config);
    const socketPath = await socketPathOf(dataFolder);
    const { tracking } = config;
    if (isTrackingFolder(tracking.uri)) await makeTrackingFolder(trackingFolder(tracking.uri), clock.now());
    const ports: Ports = {
      store,
      logs,
      vault,
      objects,
      backups: folderBackups({
        folder: config.backupFolder,
        parts: {
          logs: join(dataFolder, "logs"),
          mirrors: join(dataFolder, "git"),
          ...(config.objects.kind === "files" && { objects: config.objects.folder }),
        },
        version: serverVersion(),
        tables: newestTables,
        objectsPlace: objects.place,
      }),
      machine: nodeMachine({
        dataFolder,
        socketPath,
        launcherSocket: join(dataFolder, "worker/launcher/launcher.sock"),
        certificateFile: config.tls.certFile ?? join(dataFolder, "tls/cert.pem"),
        environment: config.childEnvironment,
      }),
      archiver: tarArchiver(),
      zip: yazlZip(),
      tables: threadTables(),
      git: programGit({
        folder: join(dataFolder, "git"),
        examples: { churn: join(root, "examples/churn") },
        environment: config.childEnvironment,
      }),
      tracking: mlflowTracking(tracking),
      endpoints: unixSocketEndpoints({ folder: dirname(socketPath) }),
      providers: providersOf(config),
      providerSettings: config.providerSettings,
      modelSettings: config.models,
      fileSources: config.agent.sources.map((place) =>
        place.includes("://") ? httpFileSource({ address: place }) : folderFileSource({ folder: place }),
      ),
      staging: new Staging(config.agent.staging),
      projectFiles: yamlProjectFileReader(),
      calendar: cronerCalendar(),
      clock,
      random,
      retention: config.retention,
      digest,
      taskqueue: config.taskqueue,
      plainSecrets: config.plainSecrets,
      leases: new Leases(leaseDuration, serverId, config.taskqueue.offlineAfter),
      workerLogs: new WorkerLogs(),
      waiting: new WaitingWorkers(config.databaseUrl === undefined),
      audit,
      tokens: new KnownTokens({ store, digest, clock }),
    };
    const localWorker = localWorkerProcess({
      program: join(root, "apps/worker/src/main.ts"),
      folder: join(dataFolder, "worker"),
      socketPath,
      name: hostname(),
      slots: config.slots,
      processes: config.processes,
      containers: config.containers,
      environments: config.environmentsFolder,
      offers: { [jobPlaces]: config.agent.jobs },
      keep: config.machine,
      environment: config.childEnvironment,
    });
    return {
      ports,
      localWorker,
      socketPath,
      syncs,
      storeName: config.databaseUrl === undefined ? "sqlite" : "postgres",
      onReachable: (listener) => void reachable.add(listener),
      async close() {
        await ports.staging.close();
        await logs.close();
        await audit.settled();
        await closeStore();
      },
    };
  } catch (error) {
    await closeStore();
    throw error;
  }
}

/** What can start workers: this machine always, Slurm where its flavors are described. */
function providersOf({ providers, dataFolder, environmentsFolder, childEnvironment }: Config): readonly Provider[] {
  const command = [process.execPath, join(root, "apps/worker/src/main.ts")];
  const local = localProvider({
    command,
    flavors: providers.local?.flavors ?? [{ name: "default" }],
    folder: join(dataFolder, "providers/local"),
    environments: environmentsFolder ?? join(dataFolder, "providers/environments"),
    environment: childEnvironment,
  });
  if (!providers.slurm) return [local];
  const { look_seconds: lookSeconds, ...described } = providers.slurm;
  const slurm = {
    ...described,
    command: described.command ?? command,
    lookEvery: lookSeconds * 1000,
    environment: childEnvironment,
  };
  return [local, slurmProvider(slurm)];
}

interface OpenStore {
  readonly store: Store;
  close(): Promise<void>;
}

async function openStore(
  { databaseUrl, dataFolder }: Config,
  log: ComposeLog,
  syncs: RecordableHistogram,
  onReachable: (reachable: boolean) => void,
): Promise<OpenStore> {
  if (databaseUrl !== undefined) {
    // The database may have several servers, the data folder only one, as SQLite's store sees to by itself.
    const lock = lockFolder(dataFolder);
    try {
      const { postgresStore } = await import("#adapters/store/postgres/index.ts");
      const store = await postgresStore({
        url: databaseUrl,
        onReachable(isReachable) {
          log.warn({}, isReachable ? "the database is back" : "the database is lost; the server waits for it");
          onReachable(isReachable);
        },
      });
      return { store, close: () => store.close().finally(() => lock.release()) };
    } catch (error) {
      lock.release();
      throw error;
    }
  }
  const store = await sqliteStore({
    file: join(dataFolder, "tributary.db"),
    onSync: (time) => syncs.record(Math.max(1, Math.round(time * 1e6))),
    onFatal: (error) => {
      // What was committed may not be on the disk: nothing more may be answered.
      log.fatal({ err: error }, "the store cannot write to its disk; the server ends");
      process.exit(1);
    },
  });
  // The thread that reads is started by the first question, which is not to be a caller's.
  void store.view.listWorkers().catch(() => undefined);
  return { store, close: () => store.close() };
}

/**
 * Puts a backup into an empty data folder.
 *
 * @returns how many files it had
 */
export async function restore(config: Config, backup: string): Promise<number> {
  if (config.databaseUrl !== undefined) {
    throw new RefusedError("invalid", "a backup holds SQLite's tables: restore it without TRIBUTARY_DATABASE_URL");
  }
  return restoreBackup({
    backup,
    dataFolder: config.dataFolder,
    tables: newestTables,
    objects: () => objectStore(config),
  });
}

async function objectStore({ objects, objectsCredentials }: Config): Promise<ObjectStore> {
  if (objects.kind === "files") return fileObjectStore(objects);
  // Few need it, and it is a fifth of all the code there is.
  const { s3ObjectStore } = await import("#adapters/object-store/s3/index.ts");
  return s3ObjectStore({
    ...objects,
    ...(objectsCredentials === undefined ? {} : { credentials: objectsCredentials }),
  });
}

/** A unix socket's path has room for 107 bytes: a deep data folder gets one in the folder for temporary files. */
async function socketPathOf(dataFolder: string): Promise<string> {
  const near = join(dataFolder, "run");
  const digest = createHash("sha256").update(dataFolder).digest("hex").slice(0, 16);
  const folder = Buffer.byteLength(near) <= 90 ? near : join(tmpdir(), `tributary-${userInfo().uid}-${digest}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return join(folder, "server.sock");
}

/** The built dashboard; undefined before it was built. */
export function builtWebFolder(): string | undefined {
  const folder = join(root, "apps/web/dist");
  return existsSync(join(folder, "index.html")) ? folder : undefined;
}
