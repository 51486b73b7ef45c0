import { hostname } from "node:os";
import type { FastifyBaseLogger } from "fastify";
import { pino } from "pino";
import { adoptWorkers } from "#core/dispatch/expire-leases.ts";
import { Leadership } from "#core/servers/leadership.ts";
import { createFirstToken } from "#core/tokens/create-token.ts";
import { browserGuard } from "#listener/browser-guard.ts";
import { loadOrMakeCertificate } from "#listener/certificate.ts";
import { createListener, type Listener } from "#listener/create-listener.ts";
import { startDeleteApprovedTasks } from "#loops/delete-approved-tasks.ts";
import { startDeployModels } from "#loops/deploy-models.ts";
import { startDropSecretValues } from "#loops/drop-secret-values.ts";
import { startExpireLeases } from "#loops/expire-leases.ts";
import { startFollowTokens } from "#loops/follow-tokens.ts";
import { startKeepLocalWorker } from "#loops/keep-local-worker.ts";
import { startKeepProvidedWorkers } from "#loops/keep-provided-workers.ts";
import { startKeepServer } from "#loops/keep-server.ts";
import type { Loop } from "#loops/loop.ts";
import { startProbeReplicas } from "#loops/probe-replicas.ts";
import { startRefreshModels } from "#loops/refresh-models.ts";
import { startReleaseDueTasks } from "#loops/release-due-tasks.ts";
import { startRewrapSecrets } from "#loops/rewrap-secrets.ts";
import { startRunDueSchedules } from "#loops/run-due-schedules.ts";
import { startRunTaskBatches } from "#loops/run-task-batches.ts";
import { startSealLogs } from "#loops/seal-logs.ts";
import { startStartJobs } from "#loops/start-jobs.ts";
import { startSweep } from "#loops/sweep.ts";
import { startSweepOwn } from "#loops/sweep-own.ts";
import { startSyncSources } from "#loops/sync-sources.ts";
import { startTrimAudit } from "#loops/trim-audit.ts";
import { startWhileLeading } from "#loops/while-leading.ts";
import { Readiness } from "#rpc/health.ts";
import { createApp } from "#server/app.ts";
import { builtWebFolder, type Composed, compose } from "#server/compose.ts";
import { isLoopback } from "#server/config/addresses.ts";
import type { Config } from "#server/config.ts";
import { addressesOf, keepPort } from "#server/last-port.ts";
import { serverVersion } from "#server/server-version.ts";

/** A running server. */
export interface Served {
  /** Where the dashboard is. */
  readonly url: string;
  readonly ports: Composed["ports"];
  /** Set when nobody had one: the API token of an admin, to be shown once. */
  readonly firstToken: string | undefined;
  /** Ends it; what runs goes on running. */
  close(): Promise<void>;
}

/**
 * Starts everything and listens.
 *
 * @throws RefusedError, ListenError or an error of an adapter with a message for whoever starts the server
 */
export async function serve(config: Config): Promise<Served> {
  const log = pino({ level: config.logLevel, redact: ["*.authorization", "*.cookie"] }, pino.destination(2));
  const composed = await compose(config, log);
  const { ports } = composed;
  const readiness = new Readiness();
  const certificate = await loadOrMakeCertificate(config.dataFolder, config.tls);
  const listener = createListener({ tls: certificate, graceMs: config.shutdownMilliseconds });
  const app = await createApp({
    ports,
    facts: factsOf(config, composed),
    settings: { failedJobs: config.agent.failed },
    readiness,
    listener,
    guard: browserGuard({
      allowedHosts: config.allowedHosts,
      anyIpAddress: !config.addresses.every(({ host }) => isLoopback(host)),
      allowedOrigins: config.corsOrigins,
      ...(config.publicUrl === undefined ? {} : { publicUrl: config.publicUrl }),
    }),
    auth: config.auth,
    log,
    admission: config.admission,
    syncs: composed.syncs,
    webFolder: builtWebFolder(),
  });
  let loops: readonly Loop[] = [];
  const close = async () => {
    readiness.set(false);
    await listener.close();
    await Promise.all(loops.map((loop) => loop.stop()));
    await app.close();
    await composed.close();
  };
  try {
    await ports.tokens.load();
    await app.ready();
    await listener.listen([...(await addressesOf(config)), { path: composed.socketPath }]);
    const [listening] = listener.addresses;
    if (listening && "port" in listening) await keepPort(config, listening.port);
  } catch (error) {
    await close();
    throw error;
  }
  // Not before it listens: a start that fails would have used it up unseen.
  const firstToken = config.auth === "required" ? await createFirstToken(ports) : undefined;
  await adoptWorkers(ports);
  loops = [
    startExpireLeases(ports, log),
    startSealLogs(ports, log),
    startKeepLocalWorker(ports, composed.localWorker, log),
    startFollowTokens(ports, log),
    startProbeReplicas(ports, log),
    ...startOnce(composed, { url: urlOf(config, listener), workerUrl: config.workerUrl }, log),
  ];
  readiness.set(true);
  composed.onReachable((reachable) => readiness.set(reachable));
  return { url: urlOf(config, listener), ports, firstToken, close };
}

/** What is to be done once, however many servers there are. */
function startOnce(
  { ports }: Pick<Composed, "ports">,
  { url, workerUrl = url }: { readonly url: string; readonly workerUrl: string | undefined },
  log: FastifyBaseLogger,
): readonly Loop[] {
  const once = () => [
    startReleaseDueTasks(ports, log),
    startRunDueSchedules(ports, log),
    startDeleteApprovedTasks(ports, log),
    startRunTaskBatches(ports, log),
    startSyncSources(ports, log),
    startRefreshModels(ports, log),
    startDeployModels(ports, log),
    startStartJobs(ports, log),
    startRewrapSecrets(ports, log),
    startDropSecretValues(ports, log),
    startTrimAudit(ports, log),
    startSweep(ports, log),
  ];
  const { serverId } = ports.leases;
  const keepProvided = (leads: () => boolean) => startKeepProvidedWorkers(ports, { server: workerUrl, leads }, log);
  if (serverId === undefined) return [...once(), keepProvided(() => true)];
  const leadership = new Leadership();
  leadership.onChange(() => log.info({}, leadership.leads ? "this server leads now" : "another server leads now"));
  const self = { id: serverId, name: hostname(), url, startedAt: ports.clock.now() };
  return [
    startKeepServer(ports, self, leadership, log),
    startWhileLeading(leadership, once),
    // Each keeps those of its own machine; whoever leads, the others.
    keepProvided(() => leadership.leads),
    startSweepOwn(ports, log),
  ];
}

function urlOf(config: Config, listener: Listener): string {
  if (config.publicUrl !== undefined) return config.publicUrl.replace(/\/$/, "");
  const [first] = listener.addresses;
  if (!first || "path" in first) throw new Error("the server listens on no port");
  return `http://${first.host.includes(":") ? `[${first.host}]` : first.host}:${first.port}`;
}

function factsOf(config: Config, { ports, storeName }: Composed) {
  const { auth, dataFolder } = config;
  const runtime = `Node ${process.versions.node}`;
  const storeVersion = ports.store.version;
  const version = serverVersion();
  return { version, store: storeName, storeVersion, runtime, auth, dataFolder, startedAt: ports.clock.now() };
}
