import { existsSync } from "node:fs";
import type { Server } from "node:net";
import { constants } from "node:os";
import { dirname } from "node:path";
import { checkStart } from "./check-start.ts";
import { killAll } from "./kill-all.ts";
import { NodeAttempt } from "./node-attempt.ts";
import { NodeClients, Refused } from "./node-clients.ts";
import { readCookie, readStartTime, readYoungest, send } from "./processes.ts";
import type { Request, SignalName, StartAttempt, Started } from "./protocol.ts";
import { type Ended, type Hello, type LauncherSettings, type Outcome, PROTOCOL_VERSION } from "./protocol.ts";

/** In this time a system cannot give out all of its process numbers. */
const SHORT_LIFE_MS = 2_000;

/** What the Node launcher does for its client, and when it leaves. */
export class NodeLauncher {
  readonly #settings: LauncherSettings;
  readonly #attempts = new Map<string, NodeAttempt>();
  readonly #starting = new Map<string, Promise<unknown>>();
  readonly #clients: NodeClients;
  readonly #leave: () => void;
  #leaving = false;
  #idle: NodeJS.Timeout | undefined;

  constructor(settings: LauncherSettings, server: Server, leave: () => void) {
    this.#settings = settings;
    this.#leave = leave;
    this.#clients = new NodeClients(
      server,
      (request) => this.#obey(request),
      () => this.watchIdle(),
    );
  }

  /** Leaves after some time with nothing to do, or, once it was told to, when no attempt lives. */
  watchIdle(): void {
    clearTimeout(this.#idle);
    if (this.#leaving && this.#live().length === 0) this.#leave();
    else if (this.#live().length === 0 && !this.#clients.served) {
      this.#idle = setTimeout(this.#leave, this.#patience() * 1000);
    }
  }

  /** Seconds without a client. Ends wait longer for one, unless the folder of the worker was removed. */
  #patience(): number {
    const { idleSeconds, keepSeconds, lock } = this.#settings;
    return this.#attempts.size > 0 && existsSync(dirname(lock)) ? keepSeconds : idleSeconds;
  }

  leaveWhenDone(): void {
    this.#leaving = true;
    this.watchIdle();
  }

  #obey(request: Request): unknown {
    if (request.do === "hello") return this.#hello();
    if (request.do === "start") return this.#start(request.attempt);
    if (request.do === "signal") return this.#signal(request.id, request.signal);
    if (request.do === "forget") return this.#forget(request.id);
    if (request.do === "shutdown") return this.#shutdown();
    throw new Refused(`unknown request: ${(request as { do: unknown }).do}`);
  }

  async #hello(): Promise<Hello> {
    await Promise.all(this.#starting.values());
    const attempts = [...this.#attempts.values()];
    const { pid } = process;
    const live = this.#live().map((attempt) => attempt.report() as Started);
    const ended = attempts.flatMap(({ end }) => (end === undefined ? [] : [end]));
    const own = { version: PROTOCOL_VERSION, kind: "node", pid, startTime: readStartTime(pid), adopts: false } as const;
    return { ...own, live, ended };
  }

  #live(): NodeAttempt[] {
    return [...this.#attempts.values()].filter(({ end }) => end === undefined);
  }

  async #start(ask: StartAttempt): Promise<Started | Ended> {
    const wrong = checkStart(ask);
    if (wrong !== undefined) throw new Refused(wrong);
    let attempt = this.#attempts.get(ask.id);
    if (attempt === undefined) {
      attempt = new NodeAttempt(ask, this.#settings.scope);
      this.#attempts.set(ask.id, attempt);
      this.#starting.set(ask.id, this.#spawn(attempt));
      this.watchIdle();
    }
    await this.#starting.get(ask.id);
    return attempt.report();
  }

  async #spawn(attempt: NodeAttempt): Promise<void> {
    const child = await attempt.start();
    this.#starting.delete(attempt.id);
    if (child === undefined) this.#tellEnd(attempt);
    else child.once("exit", (code, signal) => void this.#sweep(attempt, outcomeOf(code, signal)));
  }

  /** Ends what the attempt's process left behind, and only then tells the end. */
  async #sweep(attempt: NodeAttempt, outcome: Outcome): Promise<void> {
    const endedAt = Date.now();
    const grouped = send(-attempt.pid, "SIGTERM");
    const clean = !grouped && nothingLeft(attempt, new Set(this.#live().map(({ pid }) => pid)));
    const find =
      process.platform === "linux"
        ? async () => (await attempt.members()).map(({ pid }) => pid)
        : async () => groupOf(attempt);
    const left = clean ? 0 : await killAll(find, this.#settings.graceSeconds * 1000);
    attempt.finish(outcome, endedAt, left);
    this.#tellEnd(attempt);
  }

  #tellEnd({ end }: NodeAttempt): void {
    if (end !== undefined) this.#clients.tellWorker({ event: "ended", ended: end });
    this.watchIdle();
  }

  async #signal(id: string, name: SignalName): Promise<boolean> {
    if (!["TERM", "KILL", "INT"].includes(name)) throw new Refused("signal must be one of TERM, KILL, INT");
    await this.#starting.get(id);
    const attempt = this.#attempts.get(id);
    if (attempt === undefined) return false;
    const members = await attempt.members();
    if (attempt.end !== undefined) return false;
    // The number of a group that has no member may be another's by now.
    const grouped = process.platform !== "linux" || members.some(({ group }) => group === attempt.pid);
    if (grouped) send(-attempt.pid, `SIG${name}`);
    for (const { pid, group } of members) if (group !== attempt.pid) send(pid, `SIG${name}`);
    return true;
  }

  #forget(id: string): void {
    const attempt = this.#attempts.get(id);
    if (attempt !== undefined && attempt.end === undefined) throw new Refused(`attempt ${id} has not ended`);
    attempt?.discard();
    this.#attempts.delete(id);
    this.watchIdle();
  }

  #shutdown(): void {
    const live = this.#live().length;
    const { size } = this.#attempts;
    if (size > 0) throw new Refused(`${live} attempts live, and ${size - live} ends are not forgotten`);
    setImmediate(() => this.leaveWhenDone()); // after the answer
  }
}

function outcomeOf(code: number | null, signal: NodeJS.Signals | null): Outcome {
  return signal === null ? { code: code ?? 0 } : { signal: constants.signals[signal] };
}

/** A cheap proof: what an attempt left has a later number than its own, so after a short one few need to be looked at. */
function nothingLeft(attempt: NodeAttempt, mains: ReadonlySet<number>): boolean {
  if (process.platform !== "linux") return true;
  if (attempt.searched) return false;
  const youngest = readYoungest();
  const later = youngest - attempt.pid;
  if (performance.now() - attempt.began > SHORT_LIFE_MS || !(later >= 0 && later <= 256)) return false;
  for (let pid = attempt.pid + 1; pid <= youngest; pid++) {
    if (!mains.has(pid) && readCookie(pid)?.id === attempt.id) return false;
  }
  return true;
}

function groupOf({ pid }: NodeAttempt): number[] {
  return send(-pid, 0) ? [-pid] : [];
}
