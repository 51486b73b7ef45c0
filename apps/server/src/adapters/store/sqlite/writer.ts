import type { Entry } from "#core/journal/entry.ts";
import type { Tx } from "#core/ports/tx.ts";
import { txOver } from "../kysely/tx/index.ts";
import type { Durability } from "./durability.ts";
import { busyError, diskFullError, isBusy, isDiskFull } from "./errors.ts";
import { QueueNotLoadedError } from "./ready-queue.ts";
import { SqliteTasks } from "./sqlite-tasks.ts";
import { SqliteUnit } from "./sqlite-unit.ts";
import type { Mark, WriterState } from "./writer-state.ts";

/** Milliseconds that one group of units may hold the loop, give or take one unit. */
const usualGroupTime = 4;

/** So many units are given savepoints after one that needed its own. */
const carefulUnits = 1_000;

/** What a unit of work is given. */
interface Access {
  readonly tx: Tx;
  readonly unit: SqliteUnit;
}

interface Outcome {
  readonly ok: boolean;
  /** The result, or what was thrown. */
  readonly value: unknown;
}

/** How a unit ended. */
interface Run {
  readonly outcome: Outcome;
  /** It wrote, and what it wrote stands. */
  readonly kept: boolean;
  /** What it wrote could be taken back with all else only. */
  readonly costGroup: boolean;
}

/** A unit of work that waits for its turn. */
interface Job {
  readonly work: (access: Access) => Promise<unknown>;
  readonly settle: (outcome: Outcome) => void;
  /** Its group was lost once: it gets one for itself. */
  alone: boolean;
  /** Its group was taken back for a unit without a savepoint. */
  saves: boolean;
}

/** A job that was run, and the commit that must be durable before it is answered. */
interface Answer {
  readonly job: Job;
  readonly outcome: Outcome;
  readonly seen: number;
}

/** Jobs that share a transaction. */
interface Group {
  readonly mark: Mark;
  readonly answers: Answer[];
  /** Not run yet. */
  rest: Job[];
  wrote: boolean;
}

/** Who is told of commits. */
export interface Listener {
  committed(): void;
  /** The next entries of the journal are durable. */
  durable(entries: readonly Entry[]): void;
}

/**
 * Runs units of work one after another, those that wait at one turn of the loop in one transaction.
 *
 * A savepoint for each would cost a copy of every page that it writes, and hardly any unit writes and is then refused.
 * Where one does, its group is taken back and run again with savepoints.
 */
export class Writer {
  readonly #state: WriterState;
  readonly #durability: Durability;
  readonly #listener: Listener;
  readonly #folder: string;
  readonly #groupTime: number;
  #jobs: Job[] = [];
  /** They wait for the queue of tasks to be loaded. */
  #parked: Job[] = [];
  #scheduled = false;
  #stopped: Error | undefined;
  #onIdle: (() => void)[] = [];
  /** Units that are still to be given savepoints. */
  #careful = 0;
  /** Ends the unit that runs, because it awaits something that is not its transaction. */
  #stray: (() => void) | undefined;

  constructor(
    state: WriterState,
    durability: Durability,
    folder: string,
    listener: Listener,
    groupTime = usualGroupTime,
  ) {
    this.#state = state;
    this.#durability = durability;
    this.#listener = listener;
    this.#folder = folder;
    this.#groupTime = groupTime;
  }

  /** Answers what the work answers, once what it wrote and all that it saw is durable. */
  run<R>(work: (access: Access) => Promise<R>): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      if (this.#stopped) {
        reject(this.#stopped);
        return;
      }
      this.#jobs.push({
        work,
        settle: ({ ok, value }) => (ok ? resolve(value as R) : reject(value)),
        alone: false,
        saves: false,
      });
      this.#schedule();
    });
  }

  /** Whether a unit waits for more of the queue of tasks than has been loaded. */
  get awaitsQueue(): boolean {
    return this.#parked.length > 0;
  }

  /** The queue of tasks is loaded: runs the units again that needed more of it. */
  queueLoaded(): void {
    this.#jobs = this.#parked.concat(this.#jobs);
    this.#parked = [];
    if (this.#jobs.length > 0) this.#schedule();
  }

  /** Takes no more units. */
  stop(reason: Error): void {
    this.#stopped ??= reason;
  }

  /** Refuses the units that wait. */
  abandon(reason: Error): void {
    this.stop(reason);
    for (const { settle } of [...this.#jobs.splice(0), ...this.#parked.splice(0)]) settle({ ok: false, value: reason });
  }

  /** Resolves when no unit waits or runs. */
  idle(): Promise<void> {
    if (!this.#scheduled) return Promise.resolve();
    return new Promise((resolve) => this.#onIdle.push(resolve));
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => void this.#turn());
  }

  async #turn(): Promise<void> {
    try {
      await this.#runGroup();
    } catch (error) {
      const failure = error instanceof Error ? error : new Error(String(error));
      this.abandon(failure);
      this.#durability.fail(failure);
    }
    this.#scheduled = false;
    if (this.#jobs.length > 0) this.#schedule();
    else for (const idle of this.#onIdle.splice(0)) idle();
  }

  async #runGroup(): Promise<void> {
    const group: Group = { mark: this.#state.mark(), answers: [], rest: this.#jobs, wrote: false };
    this.#jobs = [];
    const watch = this.#watch();
    try {
      if (!this.#begin(group)) return;
      const lost = await this.#runJobs(group);
      if (lost === "again") this.#runAgain(group);
      else if (lost) this.#lose(group, lost);
      else this.#commit(group);
    } catch (error) {
      for (const { job } of group.answers) job.settle({ ok: false, value: error });
      throw error;
    } finally {
      watch.done = true;
      this.#jobs = group.rest.concat(this.#jobs);
    }
  }

  /** Where somebody else writes, all that wait are refused: waiting on would hold up all else that the process does. */
  #begin(group: Group): boolean {
    try {
      this.#state.statements.run("begin immediate");
      return true;
    } catch (error) {
      if (!isBusy(error)) throw error;
      for (const { settle } of group.rest.splice(0)) settle({ ok: false, value: busyError(this.#folder) });
      return false;
    }
  }

  /**
   * Runs jobs until time is up.
   *
   * @returns the one in which the database dropped the whole transaction, or `again` when it was taken back for one
   */
  async #runJobs(group: Group): Promise<Answer | "again" | undefined> {
    const end = performance.now() + this.#groupTime;
    let count = 0;
    try {
      for (const job of group.rest) {
        if (count > 0 && (job.alone || performance.now() >= end)) break;
        count += 1;
        const { outcome, kept, costGroup } = await this.#runJob(job);
        if (costGroup) {
          count -= 1;
          return "again";
        }
        if (outcome.value instanceof QueueNotLoadedError) {
          this.#parked.push(job);
          continue;
        }
        group.wrote ||= kept;
        const answer = { job, outcome, seen: this.#durability.committed + (group.wrote ? 1 : 0) };
        if (!this.#state.database.isTransaction) return answer;
        group.answers.push(answer);
        if (job.alone) break;
      }
    } finally {
      group.rest = group.rest.slice(count);
    }
    return undefined;
  }

  async #runJob(job: Job): Promise<Run> {
    const saves = job.saves || this.#careful > 0;
    if (this.#careful > 0) this.#careful -= 1;
    const unit = new SqliteUnit(this.#state, saves);
    const tasks = new SqliteTasks(unit);
    const outcome = await this.#outcomeOf(job, { tx: txOver(unit, tasks), unit });
    if (outcome.ok && unit.failure === undefined) {
      tasks.finish();
      unit.keep();
      return { outcome, kept: unit.wrote, costGroup: false };
    }
    const costGroup = unit.rollback();
    const error = outcome.ok ? unit.failure : outcome.value;
    return { outcome: isDiskFull(error) ? this.#diskFull() : { ok: false, value: error }, kept: false, costGroup };
  }

  #outcomeOf({ work }: Job, access: Access): Promise<Outcome> {
    return new Promise((resolve) => {
      this.#stray = () =>
        resolve({ ok: false, value: new Error("a unit of work awaited something that is not its transaction") });
      const refuse = (value: unknown) => resolve({ ok: false, value });
      try {
        work(access).then((value) => resolve({ ok: true, value }), refuse);
      } catch (error) {
        refuse(error);
      }
    });
  }

  /**
   * Ends a unit that lets the loop go on. A whole group passes in microtasks, so when all of these have run, which is
   * when a tick asked for by one of them comes, and the group is not done, then its unit awaits something else.
   */
  #watch(): { done: boolean } {
    const watch = { done: false };
    const arm = () => {
      if (watch.done) return;
      process.nextTick(() => {
        if (watch.done) return;
        this.#stray?.();
        queueMicrotask(arm);
      });
    };
    queueMicrotask(arm);
    return watch;
  }

  #commit(group: Group): void {
    try {
      if (group.wrote) this.#state.writeProgress();
      this.#state.statements.run("commit");
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      this.#lose(
        group,
        group.answers.length === 1 ? { ...group.answers.pop()!, outcome: this.#diskFull() } : undefined,
      );
      return;
    }
    const entries = this.#state.keep();
    const commit = this.#durability.committed + 1;
    // Followers hear before callers do, so that a caller finds its entries told.
    if (entries.length > 0)
      this.#durability.whenDurable(commit, (failure) => failure ?? this.#listener.durable(entries));
    for (const { job, outcome, seen } of group.answers) {
      this.#durability.whenDurable(seen, (failure) => job.settle(failure ? { ok: false, value: failure } : outcome));
    }
    if (!group.wrote) return;
    this.#durability.advance(commit);
    this.#listener.committed();
  }

  /**
   * The database has dropped, or must drop, the whole transaction. Units may be run again, so those that are not at
   * fault are, each in a transaction of its own.
   */
  #lose(group: Group, culprit: Answer | undefined): void {
    for (const { job } of group.answers) job.alone = true;
    this.#takeBack(group);
    culprit?.job.settle(culprit.outcome);
  }

  /** The transaction was taken back for a unit that had no savepoint: all of the group are run again, now with one each. */
  #runAgain(group: Group): void {
    this.#takeBack(group);
    for (const job of group.rest) job.saves = true;
    this.#careful = carefulUnits;
  }

  #takeBack(group: Group): void {
    if (this.#state.database.isTransaction) this.#state.database.exec("rollback");
    this.#state.rollback(group.mark);
    group.rest = group.answers.map(({ job }) => job).concat(group.rest);
  }

  #diskFull(): Outcome {
    return { ok: false, value: diskFullError(this.#folder) };
  }
}
