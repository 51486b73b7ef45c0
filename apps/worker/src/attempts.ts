import { rm } from "node:fs/promises";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampNow } from "@bufbuild/protobuf/wkt";
import {
  type Assignment,
  type AttemptRef,
  AttemptReportSchema,
  type AttemptUsageSchema,
  type LeaseResponse,
  type RegisterResponse,
} from "@tributary/proto/tributary/v1/dispatch_pb";
import { AttemptPhase } from "@tributary/proto/tributary/v1/tasks_pb";
import { Attempt, type AttemptContext, isPlain } from "./attempt.ts";
import { failed, withLogBytes } from "./attempt-end.ts";
import { attemptKey } from "./attempt-key.ts";
import { diskFull, isDiskFull } from "./disk-full.ts";
import { AttemptJournal, type AttemptRecord, readJournal } from "./journal.ts";
import type { Ended, Hello, Started } from "./launcher/launcher.ts";
import { StepFailure } from "./step-failure.ts";

/** Attempts that are over, of which late orders are remembered to be ignored. */
const REMEMBERED = 10_000;
/** Of usage, in one heartbeat: some hundred KiB. */
const MOST_POINTS = 10_000;

/** All attempts that the worker has. */
export class Attempts {
  readonly #context: AttemptContext;
  readonly #held = new Map<string, Attempt>();
  readonly #running = new Set<Promise<void>>();
  readonly #over = new Set<string>();
  readonly #onEmpty: () => void;

  /** @param onEmpty - called each time the last attempt has gone */
  constructor(context: AttemptContext, onEmpty: () => void) {
    this.#context = context;
    this.#onEmpty = onEmpty;
    const { signal } = context;
    signal.addEventListener("abort", () => {
      for (const attempt of this.#held.values()) attempt.leave(signal.reason);
    });
  }

  /** True when none has anything left to do without a server. */
  get areOver(): boolean {
    return [...this.#held.values()].every((attempt) => attempt.isOver);
  }

  get size(): number {
    return this.#held.size;
  }

  /** Ends all of them, to be tried again by others. */
  handBack(): void {
    for (const attempt of this.#held.values()) attempt.handBack();
  }

  /** Fulfilled when every attempt has let go, after the worker was told to stop. */
  async settled(): Promise<void> {
    await Promise.all(this.#running);
  }

  /** Whether there is an attempt of this key. */
  has(key: string): boolean {
    return this.#held.has(key);
  }

  /** What a registration names. */
  held(): AttemptRef[] {
    return [...this.#held.values()].map(({ ref }) => ref);
  }

  /** What they took and have not told yet; `settle` says whether the server has it. */
  usage(): { readonly usage: MessageInitShape<typeof AttemptUsageSchema>[]; settle(taken: boolean): void } {
    const told = [...this.#held.values()].filter(({ isOver }) => !isOver);
    let points = 0;
    const some = told.flatMap(({ ref, usage: meter }) => {
      if (points > MOST_POINTS) return [];
      const own = meter.tell();
      points += own.length;
      const totals = meter.totals();
      return own.length === 0 || !totals ? [] : [{ meter, usage: { attempt: ref, totals, points: own } }];
    });
    const settle = (taken: boolean) => {
      for (const { meter } of some) {
        if (taken) meter.told();
        else meter.untold();
      }
    };
    return { usage: some.map(({ usage }) => usage), settle };
  }

  /**
   * Goes on with the attempts that an earlier worker process left in the folder, and removes what else is there.
   * Returns the environments that they use.
   */
  async adopt(hello: Pick<Hello, "live" | "ended">): Promise<ReadonlySet<string>> {
    const known = new Map([...hello.live, ...hello.ended].map((told) => [told.id, told]));
    const environments = new Set<string>();
    for (const key of this.#context.folders.keys()) {
      const record = readJournal(this.#context.folders.of(key).path);
      if (!record || attemptKey(record.assignment.attempt) !== key) {
        await rm(this.#context.folders.of(key).path, { recursive: true, force: true });
        continue;
      }
      if (record.environment) environments.add(record.environment);
      this.#run(key, this.#journal(key), record, known.get(key));
      known.delete(key);
    }
    for (const stray of known.values()) void this.#endStray(stray);
    return environments;
  }

  /** Does what a registration's answer says about what is held. */
  registered({ revoked, logOffsets }: Pick<RegisterResponse, "revoked" | "logOffsets">): void {
    for (const ref of revoked) this.#held.get(attemptKey(ref))?.disown();
    for (const { attempt, keptBytes } of logOffsets) this.#held.get(attemptKey(attempt))?.align(keptBytes);
  }

  /** Carries out an order about an attempt; one about an attempt that is not here (any more) changes nothing. */
  obey(order: LeaseResponse["order"]): void {
    if (order.case === "assign") this.#assign(order.value);
    else if (order.case === "assignMany") for (const one of order.value.assignments) this.#assign(one);
    else if (order.case === "cancel") this.#held.get(attemptKey(order.value))?.cancel();
    else if (order.case === "revoke") this.#held.get(attemptKey(order.value))?.disown();
  }

  #assign(assignment: Assignment): void {
    const key = attemptKey(assignment.attempt);
    if (this.#held.has(key) || this.#over.has(key)) return;
    let journal: AttemptJournal | undefined;
    try {
      journal = this.#journal(key, this.#context.folders.take(key));
      journal.assigned(assignment, isPlain(assignment));
    } catch (error) {
      journal?.close();
      this.#refuse(assignment, error);
      return;
    }
    const fresh = {
      isNew: true,
      reports: [],
      starting: false,
      started: undefined,
      environment: undefined,
      gpus: [],
      stopping: undefined,
      shift: 0,
    };
    this.#run(key, journal, { assignment, ...fresh });
  }

  #run(key: string, journal: AttemptJournal, record: AttemptRecord, known?: Started | Ended): void {
    const attempt = new Attempt(this.#context, this.#context.folders.of(key), journal, record, known);
    this.#held.set(key, attempt);
    const running = attempt.run();
    this.#running.add(running);
    void running.then(() => {
      this.#running.delete(running);
      this.#held.delete(key);
      this.#remember(key);
      if (this.#held.size === 0) this.#onEmpty();
    });
  }

  #journal(key: string, file?: number): AttemptJournal {
    const { log } = this.#context;
    const failedToWrite = (err: unknown) =>
      log.warn({ attempt: key, err }, "the journal of an attempt cannot be written");
    return new AttemptJournal(this.#context.folders.of(key).path, failedToWrite, file);
  }

  /** Tells that the attempt cannot even begin here, such as for want of room on the disk. */
  #refuse({ attempt }: Assignment, error: unknown): void {
    const { log, outbox } = this.#context;
    log.error({ attempt: attemptKey(attempt), err: error }, "an attempt cannot be kept");
    const message = error instanceof Error ? error.message : String(error);
    const failure = isDiskFull(error)
      ? diskFull("the run could not be kept")
      : new StepFailure("worker-fault", `The worker cannot keep the run: ${message}`, { system: true });
    const end = withLogBytes(failed(failure), 0n);
    const ref = attempt ? { attempt } : {};
    const report = create(AttemptReportSchema, {
      ...ref,
      sequence: 1,
      phase: AttemptPhase.ENDED,
      time: timestampNow(),
      end,
    });
    outbox.send(report).catch((err) => log.error({ err }, "a report is not taken"));
  }

  /** Something runs for which there is no journal: it is nobody's, so it is ended. */
  async #endStray({ id }: Started | Ended): Promise<void> {
    const { launching, log } = this.#context;
    log.warn({ attempt: id }, "ending a process that belongs to no attempt");
    await launching.signal(id, "KILL");
    await launching.end(id);
    launching.forget(id);
  }

  #remember(key: string): void {
    this.#over.add(key);
    for (const oldest of this.#over) {
      if (this.#over.size <= REMEMBERED) break;
      this.#over.delete(oldest);
    }
  }
}
