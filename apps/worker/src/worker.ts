import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import { AttemptFolders } from "./attempt-folders.ts";
import { Attempts } from "./attempts.ts";
import { type Capacity, readCapacity } from "./capacity.ts";
import { connect } from "./connection.ts";
import { Containers } from "./containers/containers.ts";
import { findEngine } from "./containers/find-engine.ts";
import { Drain, type StopSignals } from "./drain.ts";
import { buildingBase } from "./environment-variables.ts";
import { FailedFolders, type FailedRetention } from "./failed-folders.ts";
import { InputCache } from "./input-cache.ts";
import { readScope } from "./launcher/scope.ts";
import { Launching } from "./launching.ts";
import { describeLimits } from "./limits.ts";
import { Gpus } from "./machine/gpus.ts";
import { LoadReader } from "./machine/load-reader.ts";
import { readGpus } from "./machine/read-gpus.ts";
import { isLocal, type Options } from "./options.ts";
import { UnsentBudget } from "./output/unsent-budget.ts";
import type { OwnLog } from "./own-log.ts";
import type { EnvironmentRetention } from "./python/environment-retention.ts";
import { Environments } from "./python/environments.ts";
import { readDisk } from "./read-disk.ts";
import { ReportOutbox } from "./report-outbox.ts";
import { Session } from "./session.ts";
import { Slots } from "./slots.ts";
import { Uplink } from "./uplink.ts";
import { UsageSampler } from "./usage/usage-sampler.ts";
import { openWorkerFolder } from "./worker-folder.ts";

/** What the program says of itself when it registers. */
const VERSION = "0.1.0";
/** Of what it says to the server, and understands. */
const PROTOCOL = 1;
/** Processes that serve models at a time, on a machine that does. */
const MODEL_REPLICAS = 64;
/** How long attempts may take to let go when the worker stops. */
const SETTLE_MS = 5_000;
/** Between two looks at which environments are to be kept. */
const SWEEP_MS = 3600 * 1000;

/**
 * Runs a worker until it is told to end, by a signal or by the server, or had neither attempts nor a server for long
 * enough. What runs then goes on under the launcher, for the next worker of the folder.
 *
 * @throws FolderInUseError when another worker has the folder
 * @throws LauncherError when no launcher can be started
 * @throws RefusedByServerError when the server does not take it
 */
export async function runWorker(
  options: Options,
  { log, ownLog }: { readonly log: Logger; readonly ownLog: OwnLog },
  stop: StopSignals,
): Promise<void> {
  if (options.token !== undefined) ownLog.hide([options.token]);
  const folder = openWorkerFolder(options.folder, options.environments);
  const done = new AbortController();
  const signal = AbortSignal.any([stop.leave, done.signal]);
  const { workerId } = folder;
  const capacity = readCapacity(options);
  const uplink = new Uplink(workerId);
  const slots = new Slots(capacity.slots);
  const outbox = new ReportOutbox(uplink, signal, { running: () => attempts.size, hasMore: () => slots.isWaitedFor });
  const launching = new Launching(folder.launcher, log);
  const retention = environmentRetention(options);
  let environmentBytes = 0;
  const sweep = async (inUse?: ReadonlySet<string>) => {
    const failedToSweep = (err: unknown) => log.warn({ err }, "environments could not be swept");
    environmentBytes = (await environments.sweep(retention, inUse).catch(failedToSweep)) ?? environmentBytes;
  };
  const environments = new Environments(
    folder.environments,
    buildingBase(process.env),
    () => void sweep(),
    options.pythons,
  );
  const folders = new AttemptFolders(folder.attempts, folder.spare);
  const budget = new UnsentBudget();

  const [hello, pythonVersions, engine, gpuList] = await Promise.all([
    launching.hello(),
    environments.pythonVersions().catch(() => []),
    findEngine(options.containers),
    readGpus(),
  ]);
  const gpus = new Gpus(gpuList.map(({ id }) => id));
  const load = new LoadReader(gpuList);
  const limits = describeLimits(hello.control, options.processes);
  if (limits.explanation) log.warn({ why: limits.explanation }, "the kernel does not keep all limits of attempts");

  const { processes } = options;
  const scope = await readScope(folder.launcher);
  const usage = new UsageSampler(scope, signal);
  const containers = new Containers(engine, scope, log);
  // On the server's own machine the files are a copy away.
  const inputs = isLocal(options.server) ? undefined : new InputCache(folder.inputs, options.inputGib * 2 ** 30);
  void inputs?.clear();
  const failed = new FailedFolders(folder.failed, failedRetention(options));
  void failed.sweep();
  const shared = {
    uplink,
    outbox,
    launching,
    environments,
    containers,
    scope,
    folders,
    failed,
    budget,
    slots,
    gpus,
    inputs,
  };
  const context = { ...shared, usage, processes, modelSockets: options.modelSockets, log, ownLog, signal };
  const attempts = new Attempts(context, () => drain.check());
  const session = new Session({
    uplink,
    log,
    ownLog,
    signal,
    // A server of this machine costs nothing to look for, and is back within a second.
    longestPauseMs: isLocal(options.server) ? 250 : 3_000,
    connect: () => connect(options),
    server: options.server.text,
    isBusy: () => attempts.size > 0,
    introduction: () => ({
      workerId,
      ...introduce(options, capacity, { runsContainers: containers.isUsable, gpus: gpuList.length }),
      containers: containers.describe(),
      pythonVersions: [...pythonVersions],
      limits,
      held: attempts.held(),
      draining: drain.begun,
    }),
    onRegistered: (reply) => attempts.registered(reply),
    usage: () => attempts.usage(),
    disk: () => readDisk(folder.path, environmentBytes).catch(() => undefined),
    load: () => load.read(),
    isDraining: () => drain.begun,
    onOrder: (order) => {
      if (order.case === "drain") drain.begin();
      attempts.obey(order);
    },
  });
  const limitMs = options.drainSeconds * 1000;
  const drain: Drain = new Drain({ session, attempts, log, limitMs, end: () => done.abort() });
  stop.drain.addEventListener("abort", () => drain.begin(), { once: true });
  stop.handBack.addEventListener("abort", () => drain.handBack(), { once: true });

  const inUse = await attempts.adopt(hello);
  void sweep(inUse);
  const sweepContainers = () => containers.sweep((key) => attempts.has(key));
  void sweepContainers();
  const sweeping = setInterval(() => {
    void sweep();
    void failed.sweep();
    void sweepContainers();
  }, SWEEP_MS);
  folders.prepare(capacity.slots).catch((err) => log.warn({ err }, "no folders could be made ahead"));
  const unwatch = watchIdle(options.idleExitSeconds, attempts, session, () => {
    log.info("neither a server nor attempts: the worker ends");
    done.abort();
  });
  warnOfNetwork(options, log);
  log.info({ workerId, folder: folder.path, attempts: attempts.size, slots: capacity.slots }, "the worker runs");
  if (stop.drain.aborted) drain.begin();
  try {
    await session.run();
  } finally {
    done.abort();
    unwatch();
    clearInterval(sweeping);
  }
  await Promise.race([attempts.settled(), sleep(SETTLE_MS)]);
  folders.tidy();
  await launching.close();
  folder.release();
}

function environmentRetention({ environmentDays, environmentGib }: Options): EnvironmentRetention {
  const days = environmentDays === 0 ? Number.POSITIVE_INFINITY : environmentDays;
  return { maxAgeMs: days * 24 * 3600 * 1000, maxBytes: limitOf(environmentGib) };
}

function failedRetention({ failedHours, failedGib }: Options): FailedRetention {
  return { maxAgeMs: failedHours * 3600 * 1000, maxBytes: limitOf(failedGib) };
}

/** In bytes; 0 stands for none. */
function limitOf(gib: number): number {
  return gib === 0 ? Number.POSITIVE_INFINITY : gib * 2 ** 30;
}

function warnOfNetwork({ server, insecure }: Options, log: Logger): void {
  const { text, isHere, isEncrypted } = server;
  if (isEncrypted && insecure) log.warn({ server: text }, "who the server is is not checked (--insecure)");
  if (isHere || isEncrypted) return;
  log.warn({ server: text }, "the token, files and output cross the network unencrypted; use https://");
}

function introduce(
  { name, labels, offers, modelSockets }: Options,
  { slots, cpuMillis, memoryBytes }: Capacity,
  { runsContainers, gpus }: { readonly runsContainers: boolean; readonly gpus: number },
) {
  const machine = { slots, cpuMillis: BigInt(cpuMillis), memoryBytes: BigInt(memoryBytes) };
  return {
    name,
    ...machine,
    labels: { ...labels },
    offers: toAmounts({
      ...(gpus > 0 ? { "nvidia.com/gpu": gpus } : {}),
      ...offers,
      ...(modelSockets === undefined ? {} : { "model-replica": MODEL_REPLICAS }),
      ...(runsContainers ? { containers: slots } : {}),
    }),
    version: VERSION,
    protocol: PROTOCOL,
  };
}

function toAmounts(offers: Readonly<Record<string, number>>): Record<string, bigint> {
  return Object.fromEntries(Object.entries(offers).map(([name, amount]) => [name, BigInt(amount)]));
}

/**
 * Calls `over` when there has been nothing to do and no server for so long; 0 means never. Ends that no server has taken
 * wait on the disk and with the launcher for the next worker. Returns what ends the watch.
 */
function watchIdle(limitSeconds: number, attempts: Attempts, session: Session, over: () => void): () => void {
  if (limitSeconds === 0) return () => undefined;
  let restingSince = performance.now();
  const look = () => {
    if (!attempts.areOver) restingSince = performance.now();
    const idleMs = Math.min(session.aloneMs, performance.now() - restingSince);
    if (idleMs >= limitSeconds * 1000) over();
  };
  const timer = setInterval(look, 250);
  return () => clearInterval(timer);
}
