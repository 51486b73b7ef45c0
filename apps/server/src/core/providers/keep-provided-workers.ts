import type { Ports } from "#core/ports/index.ts";
import type { Instance, Provider } from "#core/ports/provider.ts";
import { endOrphans } from "#core/providers/end-orphans.ts";
import { installationOf } from "#core/providers/installation.ts";
import { nextStep, type Sight, type Step } from "#core/providers/next-step.ts";
import {
  beginDrain,
  beginLaunch,
  type Ended,
  endProvided,
  failLaunch,
  forgetEnded,
  loseProvided,
  noteChange,
  type OpenWorker,
  readOpen,
} from "#core/providers/provided-units.ts";
import { launchName, type ProvidedWorker, prefixOf } from "#core/providers/provided-worker.ts";
import { newToken } from "#core/tokens/create-token.ts";

type KeeperPorts = Pick<
  Ports,
  "store" | "clock" | "random" | "digest" | "tokens" | "leases" | "logs" | "providers" | "providerSettings"
>;

/** Acts of a provider that are under way at a time. */
const atOnce = 8;
/** Milliseconds for which those that ended stay in lists. */
const stoppedStay = 3_600_000;
const failedStay = 86_400_000;
/** Milliseconds without a sign of life after which a server is gone for good, and with it what only it can look after. */
const serverStay = 86_400_000;
/** Milliseconds between two looks for those that have stayed long enough. */
const forgetEvery = 60_000;
/** Milliseconds without anything to do. */
const idle = 60_000;

/** What a provider had in a region when it was asked last. */
interface Look {
  readonly at: number;
  readonly instances: readonly Instance[];
}

/** What the keeper tells people of. */
export interface KeeperLog {
  warn(details: Record<string, unknown>, message: string): void;
}

/**
 * Sees to it that provided workers are started, watched and ended. All it knows is in the store and with the providers:
 * what a server that was killed had begun, the next one goes on with. Each start has a name of its own that is kept
 * before it is made, and whatever a provider has under a name of ours that no open row is at is ended.
 */
export class ProvidedWorkerKeeper {
  readonly #ports: KeeperPorts;
  readonly #server: string;
  readonly #log: KeeperLog;
  readonly #looks = new Map<string, Look>();
  /** Places where something may be that no row tells of. */
  readonly #unsure: Set<string>;
  /** On the monotonic clock. */
  readonly #activeAt = new Map<string, number>();
  readonly #toldOf = new Map<string, string>();
  #installation: string | undefined;
  #forgotAt = Number.NEGATIVE_INFINITY;

  /** @param server - where workers reach it */
  constructor(ports: KeeperPorts, server: string, log: KeeperLog) {
    this.#ports = ports;
    this.#server = server;
    this.#log = log;
    this.#unsure = new Set(placesOf(ports.providers).map(({ key }) => key));
  }

  /** The worker was given something, or has ended something. */
  noteActivity(workerId: string): void {
    this.#activeAt.set(workerId, this.#ports.clock.monotonic());
  }

  /**
   * Looks at all of them once, and does what is due.
   *
   * @param leads - those that belong to no server by itself are this one's
   * @returns in how many milliseconds to look again at the latest
   */
  async step(leads: boolean): Promise<number> {
    const { store, clock, leases } = this.#ports;
    this.#installation ??= await installationOf(this.#ports);
    if (leads) await this.#forget();
    const isOurs = ({ serverId }: Pick<ProvidedWorker, "serverId">) =>
      serverId === undefined ? leads : serverId === leases.serverId;
    const before = (await store.transact(readOpen, undefined)).filter(({ row }) => isOurs(row));
    const needed = new Set(before.map(({ row }) => keyOf(row.provider, row.region)));
    const places = placesOf(this.#ports.providers).filter(
      ({ key, provider }) => (needed.has(key) || this.#unsure.has(key)) && (leads || provider.isOfThisServer),
    );
    if (places.length === 0) return idle;
    await Promise.all(places.map((place) => this.#look(place)));
    // Read again behind the look: whatever that showed had its row before.
    const open = (await store.transact(readOpen, undefined)).filter(({ row }) => isOurs(row));
    await this.#endStrays(places, open);
    await inTurns(open, (one) => this.#advance(one));
    const soonest = Math.min(...places.map(({ provider }) => provider.lookEvery));
    const due = open.map(({ row }) => (row.notBefore ?? Number.POSITIVE_INFINITY) - clock.now());
    return Math.max(50, Math.min(soonest, ...due.filter((wait) => wait > 0)));
  }

  async #look({ key, provider, region }: Place): Promise<void> {
    const { clock } = this.#ports;
    const at = clock.now();
    const last = this.#looks.get(key);
    if (last && at - last.at < provider.lookEvery) return;
    try {
      const instances = await provider.list(region, prefixOf(this.#installation ?? ""));
      this.#looks.set(key, { at, instances });
      this.#toldOf.delete(key);
    } catch (error) {
      this.#looks.delete(key);
      // While it goes on, it is told once.
      const why = messageOf(error);
      if (this.#toldOf.get(key) !== why)
        this.#log.warn({ provider: provider.name, region, why }, "a provider does not answer");
      this.#toldOf.set(key, why);
    }
  }

  /** Ends what was started by nobody that is known any more, and all but one of what was started twice. */
  async #endStrays(places: readonly Place[], open: readonly OpenWorker[]): Promise<void> {
    const names = new Set(open.map(({ row }) => this.#nameOf(row)));
    for (const { key, provider } of places) {
      const look = this.#looks.get(key);
      if (!look) continue;
      const live = look.instances.filter(({ state }) => state !== "ended");
      const strays = live.filter((one) => !names.has(one.name) || this.#instanceOf(look, one.name)?.id !== one.id);
      for (const stray of strays) await this.#stop(provider, stray, false);
      if (strays.length === 0 && !open.some(({ row }) => keyOf(row.provider, row.region) === key)) {
        this.#unsure.delete(key);
      }
    }
  }

  async #advance({ row, worker, holds }: OpenWorker): Promise<void> {
    const { clock, providers, providerSettings: settings } = this.#ports;
    const provider = providers.find(({ name }) => name === row.provider);
    const look = this.#looks.get(keyOf(row.provider, row.region));
    const sight: Sight = {
      now: clock.now(),
      worker,
      holds,
      idle: this.#idle(row, holds),
      instance: look && this.#instanceOf(look, this.#nameOf(row)),
      lookedAt: look?.at,
      settings,
    };
    if (!provider) {
      await this.#end(row, { act: "end", state: "failed", reason: `${row.provider} is not configured any more` });
      return;
    }
    await this.#act(row, provider, sight, nextStep(row, sight));
  }

  async #act(row: ProvidedWorker, provider: Provider, sight: Sight, step: Step): Promise<void> {
    const { store, clock, tokens, providerSettings: settings } = this.#ports;
    const about = { workerId: row.workerId, launch: row.launch, now: clock.now() };
    switch (step.act) {
      case "note":
        return store.transact(noteChange, { ...about, change: step.change });
      case "launch":
        return this.#launch(row, provider);
      case "drain":
        return store.transact(beginDrain, { ...about, reason: step.reason, until: about.now + settings.drainFor });
      case "stop":
        if (sight.instance) await this.#stop(provider, sight.instance, step.force);
        return store.transact(noteChange, { ...about, change: step.change });
      case "end":
        return this.#end(row, step);
      case "lose": {
        const reason = await this.#explain(row, provider, step.reason);
        return this.#settle(row, await store.transact(loseProvided, { ...about, reason }));
      }
      case "fail-start": {
        const reason = await this.#explain(row, provider, step.reason);
        return tokens.put(await store.transact(failLaunch, { ...about, reason }));
      }
      default:
        return undefined;
    }
  }

  async #launch(row: ProvidedWorker, provider: Provider): Promise<void> {
    const { store, clock, tokens } = this.#ports;
    const now = clock.now();
    const name = `${row.name}-${row.launch + 1}`;
    const ask = { name, role: "worker" as const, projects: [], workerName: row.name, by: row.createdBy };
    const made = newToken(this.#ports, ask, now);
    const token = { ...made.token, workerId: row.workerId };
    const about = { workerId: row.workerId, launch: row.launch, now };
    const begun = await store.transact(beginLaunch, { ...about, token });
    tokens.put(begun.tokens);
    if (!begun.row) return;
    this.#unsure.add(keyOf(row.provider, row.region));
    const { launch } = begun.row;
    try {
      await provider.start(this.#orderOf(begun.row, made.text));
      await store.transact(noteChange, { ...about, launch, now: clock.now(), change: { launchedAt: clock.now() } });
    } catch (error) {
      const failed = { ...about, launch, now: clock.now(), reason: messageOf(error) };
      tokens.put(await store.transact(failLaunch, failed));
    }
  }

  #orderOf(row: ProvidedWorker, token: string) {
    const { workerId, name: workerName, flavor, region, slots } = row;
    return {
      name: this.#nameOf(row),
      flavor,
      region,
      workerId,
      workerName,
      server: this.#server,
      token,
      ...(slots === undefined ? {} : { slots }),
    };
  }

  async #end(row: ProvidedWorker, { state, reason }: Extract<Step, { act: "end" }>): Promise<void> {
    const { store, clock } = this.#ports;
    const about = { workerId: row.workerId, launch: row.launch, now: clock.now(), state };
    this.#settle(row, await store.transact(endProvided, { ...about, ...(reason === undefined ? {} : { reason }) }));
  }

  #settle({ workerId }: ProvidedWorker, ended: Ended): void {
    const { tokens, leases, logs } = this.#ports;
    tokens.put(ended.tokens);
    leases.end(workerId);
    this.#activeAt.delete(workerId);
    for (const taskId of ended.tasks) logs.seal(taskId);
  }

  async #stop(provider: Provider, instance: Instance, force: boolean): Promise<void> {
    await provider.stop(instance, force).catch((error: unknown) => {
      this.#log.warn(
        { provider: provider.name, instance: instance.id, why: messageOf(error) },
        "an instance could not be stopped",
      );
    });
  }

  /** With the last that its program has said. */
  async #explain(row: ProvidedWorker, provider: Provider, reason: string): Promise<string> {
    const log = await provider.readLog({ name: this.#nameOf(row), region: row.region }).catch(() => undefined);
    const last = lastWords(log ?? "");
    return last === "" ? reason : `${reason}: ${last}`;
  }

  #idle({ workerId, state }: ProvidedWorker, holds: number): number {
    const now = this.#ports.clock.monotonic();
    if (holds > 0 || state !== "online") this.#activeAt.delete(workerId);
    const since = this.#activeAt.get(workerId) ?? now;
    this.#activeAt.set(workerId, since);
    return now - since;
  }

  #nameOf(row: Pick<ProvidedWorker, "number" | "launch">): string {
    return launchName(this.#installation ?? "", row);
  }

  /** Of those that have the name, the one that goes on, and of those the first. */
  #instanceOf({ instances }: Look, name: string): Instance | undefined {
    const named = instances.filter((one) => one.name === name);
    return named.find(({ state }) => state === "running") ?? named.find(({ state }) => state === "waiting") ?? named[0];
  }

  async #forget(): Promise<void> {
    const { store, clock, tokens, logs } = this.#ports;
    if (clock.monotonic() - this.#forgotAt < forgetEvery) return;
    this.#forgotAt = clock.monotonic();
    const now = clock.now();
    const times = { stoppedBefore: now - stoppedStay, failedBefore: now - failedStay };
    tokens.forget(await store.transact(forgetEnded, times));
    const ended = await store.transact(endOrphans, { now, after: serverStay });
    tokens.put(ended.tokens);
    for (const taskId of ended.tasks) logs.seal(taskId);
  }
}

interface Place {
  readonly key: string;
  readonly provider: Provider;
  readonly region: string;
}

function placesOf(providers: readonly Provider[]): readonly Place[] {
  return providers.flatMap((provider) =>
    provider.regions.map(({ name }) => ({ key: keyOf(provider.name, name), provider, region: name })),
  );
}

function keyOf(provider: string, region: string): string {
  return `${provider}/${region}`;
}

/** Whether a worker is one that a provider has given, by its id. */
export function isProvided(workerId: string): boolean {
  return workerId.startsWith("provided-");
}

async function inTurns<T>(all: readonly T[], act: (one: T) => Promise<void>): Promise<void> {
  const left = [...all];
  const run = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) await act(next);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, left.length) }, run));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const longestWords = 400;

/** The last lines of a log that say something, as one. */
export function lastWords(log: string): string {
  const lines = log.split("\n").flatMap((line) => line.trim() || []);
  const words = lines.slice(-3).join(" · ");
  return words.length > longestWords ? `…${words.slice(-longestWords)}` : words;
}
