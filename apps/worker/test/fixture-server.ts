import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import { createServer, type Http2Server, type ServerHttp2Session } from "node:http2";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, type ConnectRouter, type HandlerContext } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import {
  type AppendLogRequest,
  type ArtifactHeader,
  type Assignment,
  AssignmentSchema,
  type AttemptEnd,
  type AttemptRef,
  type AttemptReport,
  type AttemptUsage,
  DispatchService,
  type LeaseResponse,
  LeaseResponseSchema,
  type RegisterRequest,
  type ReportRequest,
  type StoreArtifactRequest,
} from "@tributary/proto/tributary/v1/dispatch_pb";
import type { LogStream } from "@tributary/proto/tributary/v1/logs_pb";
import { AttemptPhase } from "@tributary/proto/tributary/v1/tasks_pb";
import type { MachineLoad, WorkerLogLine } from "@tributary/proto/tributary/v1/workers_pb";
import { attemptKey } from "../src/attempt-key.ts";

/** What the server knows of one attempt. */
export interface KnownAttempt {
  readonly assignment: Assignment;
  readonly reports: AttemptReport[];
  readonly pieces: { stream: LogStream; content: Buffer }[];
  readonly artifacts: Map<string, Buffer>;
  /** Values of secrets by key. */
  readonly given: Map<string, string>;
  kept: number;
  end: AttemptEnd | undefined;
  revoked: boolean;
}

export type AssignmentInit = Omit<MessageInitShape<typeof AssignmentSchema>, "attempt" | "$typeName">;

/** A server of the worker's protocol that remembers everything, on a unix socket. It may be stopped and started again. */
export class FixtureServer {
  readonly path: string;
  readonly attempts = new Map<string, KnownAttempt>();
  readonly registrations: RegisterRequest[] = [];
  readonly secrets = new Map<string, string>();
  /** Tar streams by attempt. */
  readonly inputs = new Map<string, Uint8Array>();
  /** What a worker did that the protocol forbids. */
  readonly faults: string[] = [];
  leaseMs = 3_000;
  heartbeats = 0;
  /** What heartbeats told, while it was taken. */
  readonly usage: AttemptUsage[] = [];
  takesUsage = true;
  appends = 0;
  /** While set, calls wait for it before they are answered. */
  readonly gates: Partial<
    Record<"appendLog" | "readSecrets" | "fetchInputs" | "storeArtifact" | "report", Promise<void>>
  > = {};
  #server: Http2Server | undefined;
  #sessions = new Set<ServerHttp2Session>();
  #orders: LeaseResponse[] = [];
  #streams = new Set<() => void>();
  #watchers = new Set<() => void>();
  #nextTask = 1;
  #stopped = new AbortController();

  constructor(path: string) {
    this.path = path;
  }

  /** A worker has said that it takes nothing new; that it ends. */
  draining = false;
  gone = false;
  /** Times that files were fetched. */
  fetched = 0;
  /** What a worker has said of its machine. */
  readonly loads: MachineLoad[] = [];
  /** What workers have said themselves, as they told it. */
  readonly ownLog: WorkerLogLine[] = [];
  /** The newest line that a worker is told is here when it registers. */
  ownLogSequence = 0n;

  /** The header of the last registration. */
  authorization: string | null = null;

  get address(): string {
    const at = this.#server?.address();
    return at && typeof at === "object" ? `http://127.0.0.1:${at.port}` : `unix:${this.path}`;
  }

  async start({ tcp = false } = {}): Promise<void> {
    rmSync(this.path, { force: true });
    this.#stopped = new AbortController();
    const handler = connectNodeAdapter({ routes: (router) => this.#routes(router) });
    const server = createServer({}, handler);
    server.on("session", (session) => {
      this.#sessions.add(session);
      session.on("close", () => this.#sessions.delete(session));
    });
    this.#server = server;
    await new Promise<void>((resolve) => {
      if (tcp) server.listen(0, "127.0.0.1", resolve);
      else server.listen(this.path, resolve);
    });
  }

  /** Ends at once, as a kill would. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    for (const session of this.#sessions) session.destroy();
    const server = this.#server;
    this.#server = undefined;
    if (server) await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  /** Hands an attempt to the worker. */
  assign(what: AssignmentInit, number = 1): KnownAttempt {
    const assignment = create(AssignmentSchema, {
      title: "test",
      grace: durationFromMs(2_000),
      ...what,
      attempt: { taskId: this.#nextTask++, number },
    });
    const known = {
      assignment,
      reports: [],
      pieces: [],
      artifacts: new Map(),
      given: new Map<string, string>(),
      kept: 0,
      end: undefined,
      revoked: false,
    };
    this.attempts.set(attemptKey(assignment.attempt), known);
    this.order({ case: "assign", value: assignment });
    return known;
  }

  cancel({ assignment: { attempt } }: KnownAttempt): void {
    this.order({ case: "cancel", value: ref(attempt) });
  }

  revoke(known: KnownAttempt): void {
    known.revoked = true;
    this.order({ case: "revoke", value: ref(known.assignment.attempt) });
  }

  order(order: LeaseResponse["order"]): void {
    this.#orders.push(create(LeaseResponseSchema, { order }));
    for (const wake of this.#streams) wake();
  }

  /** Waits for something to be the case; looks again after everything that a worker says. */
  async until<T>(what: string, look: () => T | undefined | false, timeoutMs = 30_000): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const check = () => {
      const found = look();
      if (found !== undefined && found !== false) resolve(found);
    };
    const timer = setTimeout(() => reject(new Error(`waited ${timeoutMs} ms for ${what}`)), timeoutMs);
    // Processes and files change without a word to the server.
    const poll = setInterval(check, 50);
    this.#watchers.add(check);
    check();
    return promise.finally(() => {
      clearTimeout(timer);
      clearInterval(poll);
      this.#watchers.delete(check);
    });
  }

  ended(known: KnownAttempt, timeoutMs?: number): Promise<AttemptEnd> {
    return this.until(`the end of ${attemptKey(known.assignment.attempt)}`, () => known.end, timeoutMs);
  }

  reached(known: KnownAttempt, phase: AttemptPhase): Promise<true> {
    const look = () => known.reports.some((report) => report.phase === phase);
    return this.until(`phase ${AttemptPhase[phase]}`, () => look() || undefined);
  }

  #tell(): void {
    for (const check of this.#watchers) check();
  }

  #routes(router: ConnectRouter): void {
    router.service(DispatchService, {
      register: (request, { requestHeader }) => {
        this.authorization = requestHeader.get("authorization");
        return this.#register(request);
      },
      lease: (_, context) => this.#lease(context),
      heartbeat: ({ usage, draining, gone, load, ownLog }) => {
        this.ownLog.push(...ownLog);
        this.heartbeats++;
        this.draining ||= draining;
        this.gone ||= gone;
        if (load) this.loads.push(load);
        if (this.takesUsage) this.usage.push(...usage);
        this.#tell();
        return { unknown: false, usageTaken: this.takesUsage };
      },
      report: (request) => this.#report(request),
      appendLog: (request) => this.#appendLog(request),
      readSecrets: async (request) => {
        await this.gates.readSecrets;
        const { assignment, given } = this.#known(request.attempt);
        const wanted = assignment.secrets;
        for (const { key } of wanted) {
          const value = this.secrets.get(key);
          // An attempt that asks again is given what it was given before.
          if (value !== undefined && !given.has(key)) given.set(key, value);
        }
        const there = wanted.filter(({ key }) => given.has(key));
        return {
          values: there.map(({ key, injectAs }) => ({ key, injectAs, value: given.get(key) ?? "" })),
          missingKeys: wanted.filter(({ key }) => !given.has(key)).map(({ key }) => key),
        };
      },
      fetchInputs: (request) =>
        request.describe ? this.#describeInputs(request.attempt) : this.#fetchInputs(request.attempt),
      storeArtifact: (parts) => this.#storeArtifact(parts),
    });
  }

  #known(attempt: AttemptRef | undefined): KnownAttempt {
    const known = this.attempts.get(attemptKey(attempt));
    if (!known || known.revoked) throw new ConnectError("no such attempt", Code.NotFound);
    return known;
  }

  #register(request: RegisterRequest) {
    this.registrations.push(request);
    const known = request.held.map((attempt) => ({ attempt, is: this.attempts.get(attemptKey(attempt)) }));
    const kept = known.filter(({ is }) => is && !is.revoked && !is.end);
    this.#orders = [...this.attempts.values()]
      .filter(({ end, revoked, assignment }) => {
        const held = request.held.some((attempt) => attemptKey(attempt) === attemptKey(assignment.attempt));
        return !end && !revoked && !held;
      })
      .map(({ assignment }) => create(LeaseResponseSchema, { order: { case: "assign", value: assignment } }));
    this.#tell();
    return {
      leaseDuration: durationFromMs(this.leaseMs),
      revoked: known.filter(({ is }) => !is || is.revoked).map(({ attempt }) => attempt),
      ownLogSequence: this.ownLogSequence,
      logOffsets: kept.map(({ attempt, is }) => ({ attempt, keptBytes: BigInt(is?.kept ?? 0) })),
    };
  }

  async *#lease({ signal }: HandlerContext): AsyncGenerator<LeaseResponse> {
    const over = AbortSignal.any([signal, this.#stopped.signal]);
    while (!over.aborted) {
      yield* this.#orders.splice(0);
      await new Promise<void>((resolve) => {
        this.#streams.add(resolve);
        over.addEventListener("abort", () => resolve(), { once: true });
      });
      this.#streams.clear();
    }
  }

  async #report({ reports }: ReportRequest) {
    await this.gates.report;
    const results = reports.map((report) => ({
      attempt: report.attempt,
      sequence: report.sequence,
      accepted: this.#take(report),
    }));
    this.#tell();
    return { results: results.map(({ attempt, ...rest }) => ({ ...rest, ...(attempt ? { attempt } : {}) })) };
  }

  #take(report: AttemptReport): boolean {
    const key = attemptKey(report.attempt);
    const known = this.attempts.get(key);
    if (!known || known.revoked) return false;
    const last = known.reports.at(-1);
    // A repeated report changes nothing.
    if (last && report.sequence <= last.sequence) return true;
    if (last && report.phase < last.phase) this.faults.push(`${key} went back from ${last.phase} to ${report.phase}`);
    if (known.end) this.faults.push(`${key} reported something after its end`);
    known.reports.push(report);
    if (report.phase !== AttemptPhase.ENDED) return true;
    known.end = report.end;
    if (Number(report.end?.logBytes) !== known.kept) {
      this.faults.push(`${key} ended with ${report.end?.logBytes} bytes of output, of which ${known.kept} are here`);
    }
    return true;
  }

  async #appendLog({ attempt, offset, pieces }: AppendLogRequest) {
    await this.gates.appendLog;
    this.appends++;
    const known = this.attempts.get(attemptKey(attempt));
    if (!known || known.revoked) return { refused: true };
    let at = Number(offset);
    if (at > known.kept) this.faults.push(`${attemptKey(attempt)} left a gap in its output`);
    for (const { stream, content } of pieces) {
      if (content.length === 0 || content.length > 65536) this.faults.push(`a piece of ${content.length} bytes`);
      const fresh = content.subarray(Math.max(0, known.kept - at));
      at += content.length;
      if (at <= known.kept) continue;
      known.pieces.push({ stream, content: Buffer.from(fresh) });
      known.kept += fresh.length;
    }
    this.#tell();
    return { keptBytes: BigInt(known.kept) };
  }

  async *#describeInputs(attempt: AttemptRef | undefined) {
    const bytes = this.inputs.get(attemptKey(attempt)) ?? new Uint8Array(1024);
    yield { key: createHash("sha256").update(bytes).digest("hex") };
  }

  async *#fetchInputs(attempt: AttemptRef | undefined) {
    await this.gates.fetchInputs;
    this.fetched++;
    const bytes = this.inputs.get(attemptKey(attempt)) ?? new Uint8Array(1024);
    for (let at = 0; at < bytes.length; at += 1000) yield { content: bytes.subarray(at, at + 1000) };
  }

  async #storeArtifact(parts: AsyncIterable<StoreArtifactRequest>) {
    await this.gates.storeArtifact;
    let header: ArtifactHeader | undefined;
    const content: Uint8Array[] = [];
    for await (const { part } of parts) {
      if (part.case === "header") header = part.value;
      if (part.case === "content") content.push(part.value);
    }
    if (!header) throw new ConnectError("no header", Code.InvalidArgument);
    const bytes = Buffer.concat(content);
    this.#known(header.attempt).artifacts.set(header.path, bytes);
    return { sha256: createHash("sha256").update(bytes).digest("hex"), sizeBytes: BigInt(bytes.length) };
  }
}

function ref(attempt: AttemptRef | undefined): AttemptRef {
  if (!attempt) throw new Error("an attempt without reference");
  return attempt;
}

/** What an attempt wrote on one stream, or on all of them. */
export function textOf({ pieces }: KnownAttempt, stream?: LogStream): string {
  const wanted = pieces.filter((piece) => stream === undefined || piece.stream === stream);
  return Buffer.concat(wanted.map(({ content }) => content)).toString("utf8");
}
