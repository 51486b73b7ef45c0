import pg from "pg";
import type { Entry, Position } from "#core/journal/entry.ts";
import { connectionSettings } from "./connection.ts";
import { isConflict, isDisconnection, refusalOf, unknownOutcomeError } from "./errors.ts";
import { Group, type GroupMode } from "./group.ts";
import { type Outcome, runUnit, type Work } from "./run-unit.ts";
import type { UnitTools } from "./unit.ts";

/** Milliseconds and units after which a group ends, so that other servers have their turn. */
const groupTime = 20;
const mostUnits = 500;
/**
 * Rows are found by key or by an index made for the purpose. A plan that was made while a table was small must not walk
 * through it when it has grown.
 */
const plans = ["seqscan", "bitmapscan", "hashjoin", "mergejoin", "sort"].map((way) => `enable_${way}=off`);
/** Times that a group is tried again because of others. */
const mostTries = 5;

/** What is done with the right to write. */
type Act = (group: Group) => Promise<Outcome>;

/** Something that waits for its turn. */
interface Job {
  readonly act: Act;
  readonly settle: (ok: boolean, value: unknown) => void;
  /** Told whether it asked for a change. */
  readonly ran: (wrote: boolean) => void;
  /** A group that it was in was lost. */
  careful: boolean;
  tries: number;
}

interface Answer {
  readonly job: Job;
  readonly outcome: Outcome;
}

/** Told of what was committed, before those who asked are answered. */
export type Committed = (before: Position, entries: readonly Entry[]) => Promise<void>;

/** Runs units of work one after another, those that wait together in one transaction, over one connection. */
export class Writer {
  readonly #url: string;
  readonly #place: string;
  readonly #tools: UnitTools;
  readonly #committed: Committed;
  #client: pg.Client | undefined;
  #jobs: Job[] = [];
  #scheduled = false;
  #stopped: Error | undefined;
  #onIdle: (() => void)[] = [];

  constructor(url: string, place: string, tools: UnitTools, committed: Committed) {
    this.#url = url;
    this.#place = place;
    this.#tools = tools;
    this.#committed = committed;
  }

  /** Runs a unit of work; `ran` is told whether it asked for a change. */
  run(work: Work, ran: (wrote: boolean) => void): Promise<unknown> {
    return this.#ask((group) => runUnit(work, group, this.#tools), ran);
  }

  /**
   * Gives up the journal before a position, but for nothing that is still to come.
   *
   * @returns the oldest position that is kept
   */
  async keepFrom(before: Position): Promise<Position> {
    const keep: Act = async (group) => ({ ok: true, value: group.keepFrom(before), broken: false });
    return Number(await this.#ask(keep));
  }

  /** Deletes entries before a position, at most so many; answers how many. */
  async deleteEntries(before: Position, limit: number): Promise<number> {
    const text =
      "delete from journal where position in (select position from journal where position < $1 order by position limit $2)";
    return Number(
      await this.#ask(async (group) => {
        const { count } = await group.write(text, [before, limit], true);
        return { ok: true, value: count, broken: false };
      }),
    );
  }

  #ask(act: Act, ran: (wrote: boolean) => void = () => {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#stopped) {
        reject(this.#stopped);
        return;
      }
      const settle = (ok: boolean, value: unknown) => (ok ? resolve(value) : reject(value));
      this.#jobs.push({ act, settle, ran, careful: false, tries: 0 });
      this.#schedule();
    });
  }

  /** Takes no more units. */
  stop(reason: Error): void {
    this.#stopped ??= reason;
  }

  /** Resolves when no unit waits or runs, and closes the connection. */
  async close(): Promise<void> {
    if (this.#scheduled) await new Promise<void>((resolve) => this.#onIdle.push(resolve));
    await this.#client?.end().catch(() => {});
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => void this.#turns());
  }

  async #turns(): Promise<void> {
    while (this.#jobs.length > 0) {
      const jobs = this.#nextJobs();
      try {
        await this.#runGroup(jobs);
      } catch (error) {
        for (const { settle } of jobs) settle(false, error);
      }
    }
    this.#scheduled = false;
    for (const idle of this.#onIdle.splice(0)) idle();
  }

  /** Those that need care go apart from the others. */
  #nextJobs(): Job[] {
    const careful = this.#jobs[0]!.careful;
    const end = this.#jobs.findIndex((job) => job.careful !== careful);
    return this.#jobs.splice(0, Math.min(mostUnits, end === -1 ? this.#jobs.length : end));
  }

  async #runGroup(jobs: Job[]): Promise<void> {
    const mode: GroupMode = jobs.length === 1 ? "alone" : jobs[0]!.careful ? "careful" : "merged";
    const answers: Answer[] = [];
    let committing = false;
    try {
      const group = await this.#begin(mode);
      const before = group.position;
      const culprit = await this.#runJobs(group, jobs, answers);
      if (culprit !== undefined || group.failure !== undefined) {
        await group.rollback();
        this.#again(answers, jobs, group.failure);
        culprit?.job.settle(false, refusalOf(culprit.outcome.value, this.#place));
        return;
      }
      await group.finish();
      committing = group.wrote;
      await group.commit();
      committing = false;
      if (group.entries.length > 0) await this.#committed(before, group.entries);
      this.#jobs.unshift(...jobs);
      for (const { job, outcome } of answers) job.settle(outcome.ok, refusalOf(outcome.value, this.#place));
    } catch (error) {
      await this.#lose(error, committing, answers, jobs);
    }
  }

  /** Runs jobs until time is up, and takes them out of the list; answers the one, if any, that broke the transaction. */
  async #runJobs(group: Group, jobs: Job[], answers: Answer[]): Promise<Answer | undefined> {
    const end = performance.now() + groupTime;
    while (jobs.length > 0 && (answers.length === 0 || performance.now() < end)) {
      const job = jobs.shift()!;
      group.beginUnit();
      const outcome = await job.act(group);
      const answer = { job, outcome };
      if (group.failure !== undefined || isConflict(outcome.value) || isDisconnection(outcome.value)) {
        answers.push(answer);
        if (group.failure === undefined) throw outcome.value;
        return undefined;
      }
      job.ran(group.unitWrote);
      if (outcome.ok) group.keepUnit();
      else if (!(await group.dropUnit(outcome.broken))) return answer;
      answers.push(answer);
    }
    return undefined;
  }

  /** The transaction is gone, by no fault of its units. */
  async #lose(error: unknown, committing: boolean, answers: readonly Answer[], jobs: Job[]): Promise<void> {
    if (isDisconnection(error) || this.#client === undefined) {
      this.#client?.end().catch(() => {});
      this.#client = undefined;
      const told = committing ? unknownOutcomeError(this.#place) : refusalOf(error, this.#place);
      for (const { job } of answers) job.settle(false, told);
      for (const job of jobs.splice(0)) job.settle(false, refusalOf(error, this.#place));
      return;
    }
    await this.#client.query("rollback").catch(() => {});
    const isOurs = answers.length === 0 && jobs.length > 0;
    if (isOurs) {
      for (const job of jobs.splice(0)) job.settle(false, refusalOf(error, this.#place));
      return;
    }
    this.#again(answers, jobs, error);
  }

  /** Runs units again, one by one in their transaction, those that came first first. */
  #again(answers: readonly Answer[], jobs: readonly Job[], reason: unknown): void {
    const again: Job[] = [];
    for (const { job } of answers) {
      job.careful = true;
      job.tries += 1;
      if (job.tries > mostTries) job.settle(false, refusalOf(reason, this.#place));
      else again.push(job);
    }
    this.#jobs.unshift(...again, ...jobs);
  }

  async #begin(mode: GroupMode): Promise<Group> {
    this.#client ??= await this.#connect();
    return Group.begin(this.#client, this.#tools.texts, mode);
  }

  async #connect(): Promise<pg.Client> {
    const client = new pg.Client(connectionSettings(this.#url, plans));
    client.on("error", () => {
      if (this.#client === client) this.#client = undefined;
    });
    await client.connect();
    return client;
  }
}
