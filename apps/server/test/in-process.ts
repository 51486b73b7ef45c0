import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRouterTransport, type Interceptor, type Transport } from "@connectrpc/connect";
import { createValidateInterceptor } from "@connectrpc/validate";
import { tarArchiver } from "#adapters/archiver/tar/index.ts";
import { folderBackups } from "#adapters/backups/folder/index.ts";
import { cronerCalendar } from "#adapters/calendar/croner/index.ts";
import { systemClock } from "#adapters/clock/system/index.ts";
import { cryptoDigest } from "#adapters/digest/crypto/index.ts";
import { programGit } from "#adapters/git/program/index.ts";
import { fileLogStore } from "#adapters/log-store/files/index.ts";
import { nodeMachine } from "#adapters/machine/node/index.ts";
import { unixSocketEndpoints } from "#adapters/model-endpoints/unix-socket/index.ts";
import { fileObjectStore } from "#adapters/object-store/files/index.ts";
import { yamlProjectFileReader } from "#adapters/project-file-reader/yaml/index.ts";
import { cryptoRandom } from "#adapters/random/crypto/index.ts";
import { fileSecretVault } from "#adapters/secret-vault/file/index.ts";
import { newestTables } from "#adapters/store/kysely/migrations/index.ts";
import { threadTables } from "#adapters/tables/thread/index.ts";
import { mlflowTracking } from "#adapters/tracking/mlflow/index.ts";
import { yazlZip } from "#adapters/zip/yazl/index.ts";
import { AuditTrail } from "#core/audit/audit-trail.ts";
import { Leases } from "#core/dispatch/leases.ts";
import { WaitingWorkers } from "#core/dispatch/waiting-workers.ts";
import { Staging } from "#core/jobs/staging.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Principal } from "#core/principal.ts";
import { usualProviderSettings } from "#core/providers/provided-worker.ts";
import { usualRetention } from "#core/retention/retention.ts";
import { openKeyRing } from "#core/secrets/key-ring.ts";
import { KnownTokens } from "#core/tokens/known-tokens.ts";
import { WorkerLogs } from "#core/workers/worker-logs.ts";
import { auditInterceptor } from "#rpc/audit/audit-interceptor.ts";
import { authInterceptor, type Door, doorKey, principalKey } from "#rpc/auth.ts";
import { errorInterceptor } from "#rpc/errors.ts";
import { mountServices } from "#rpc/readings.ts";
import { accessTable } from "#server/access-table.ts";
import { facadesOf } from "#server/app.ts";
import { newStorePlace, storeKind } from "#test/store-place.ts";

/** Every port with its real adapter, in a folder that goes with it. */
export interface InProcess {
  readonly ports: Ports;
  readonly folder: string;
  /** Faults that handlers had; a test that expects none asserts that it is empty. */
  readonly faults: unknown[];
  /** All services as a principal would reach them, without a socket but with all encoding, checks and interceptors. */
  transport(principal?: Principal, door?: Door): Transport;
  close(): Promise<void>;
}

export const admin: Principal = { name: "local", role: "admin" };
export const worker: Principal = { name: "local-worker", role: "worker" };

const ownDoor: Door = { kind: "tcp", address: "127.0.0.1", isPrivate: true };

/** @param changes - ports to use instead, such as a manual clock */
export async function openInProcess(changes: Partial<Ports> = {}): Promise<InProcess> {
  const folder = await mkdtemp(join(tmpdir(), "tributary-test-"));
  const place = await newStorePlace();
  const store = await place.open();
  const logs = await fileLogStore({ folder: join(folder, "logs") });
  const clock = changes.clock ?? systemClock();
  const digest = cryptoDigest();
  const random = cryptoRandom();
  const faults: unknown[] = [];
  const audit = new AuditTrail({ store, clock, random }, (error) => void faults.push(error));
  const ports: Ports = {
    store,
    logs,
    backups: folderBackups({
      folder: join(folder, "backups"),
      parts: { logs: join(folder, "logs"), mirrors: join(folder, "git"), objects: join(folder, "objects") },
      version: "test",
      tables: newestTables,
      objectsPlace: join(folder, "objects"),
    }),
    machine: nodeMachine({
      dataFolder: folder,
      socketPath: join(folder, "server.sock"),
      launcherSocket: join(folder, "launcher.sock"),
      certificateFile: join(folder, "cert.pem"),
      environment: { PATH: process.env.PATH },
    }),
    objects: await fileObjectStore({ folder: join(folder, "objects") }),
    archiver: tarArchiver(),
    zip: yazlZip(),
    tables: threadTables(),
    git: programGit({ folder: join(folder, "git") }),
    vault: await fileSecretVault({ file: join(folder, "master.key") }),
    tracking: mlflowTracking({ uri: join(folder, "mlflow") }),
    endpoints: unixSocketEndpoints({ folder }),
    providers: [],
    providerSettings: usualProviderSettings,
    modelSettings: { readyWithin: 60_000, refreshEvery: 60_000 },
    fileSources: [],
    staging: new Staging({ bytes: 2 ** 30, longestHold: 3_600_000 }),
    projectFiles: yamlProjectFileReader(),
    calendar: cronerCalendar(),
    clock,
    random,
    retention: usualRetention,
    digest,
    plainSecrets: false,
    taskqueue: { localWorker: "fallback" },
    leases: new Leases(30_000, undefined, 300_000),
    workerLogs: new WorkerLogs(),
    waiting: new WaitingWorkers(storeKind() === "sqlite"),
    audit,
    tokens: new KnownTokens({ store, digest, clock }),
    ...changes,
  };
  await openKeyRing(ports);
  const versions = { storeVersion: store.version, runtime: "Node 26" };
  const facts = {
    version: "test",
    store: storeKind(),
    auth: "local",
    dataFolder: folder,
    startedAt: Date.now(),
    ...versions,
  };
  const facades = facadesOf(ports, facts);
  // To make one takes tens of milliseconds, as each has every service.
  const transports = new WeakMap<Principal, Transport>();
  const open = (principal: Principal, door: Door): Transport => {
    const as: Interceptor = (next) => (request) => {
      request.contextValues.set(principalKey, principal).set(doorKey, door);
      return next(request);
    };
    const log = { error: (details: Record<string, unknown>) => void faults.push(details.err) };
    return createRouterTransport(
      (router) =>
        mountServices(
          router,
          facades.flatMap(({ services }) => services),
        ),
      {
        router: {
          interceptors: [
            as,
            auditInterceptor(accessTable, audit),
            errorInterceptor(log),
            authInterceptor(accessTable),
            createValidateInterceptor(),
          ],
        },
      },
    );
  };
  return {
    ports,
    folder,
    faults,
    transport(principal = admin, door = ownDoor) {
      const known = door === ownDoor ? transports.get(principal) : undefined;
      const transport = known ?? open(principal, door);
      if (door === ownDoor) transports.set(principal, transport);
      return transport;
    },
    async close() {
      await logs.close();
      await audit.settled();
      await store.close();
      await place.remove();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
