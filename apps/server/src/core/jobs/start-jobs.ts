import { entryProblem } from "#core/jobs/entry-point.ts";
import type { Job, StagedFile } from "#core/jobs/job.ts";
import { type StagingPorts, stageFile } from "#core/jobs/stage-file.ts";
import { touchFiles } from "#core/jobs/stage-files.ts";
import type { StagingProblem } from "#core/jobs/staging.ts";
import type { Tx } from "#core/ports/tx.ts";
import type { Reason } from "#core/reason.ts";
import { fail, type Move, queue, waitOn } from "#core/tasks/transitions.ts";

/** Jobs that are looked at with one read. */
const batch = 200;
const firstPause = 1_000;
const longestPause = 60_000;

/** A file that could not be had, and when to look again. */
interface Hold {
  readonly problem: StagingProblem;
  readonly failures: number;
  readonly nextAt: number;
}

interface Judgement {
  readonly jobId: string;
  /** All that is missing is here. */
  readonly ready?: boolean;
  /** It never can start. */
  readonly problem?: Reason;
  /** What it waits for. */
  readonly waits?: Reason;
  readonly held?: boolean;
  readonly now: number;
}

/** Unit of work: jobs whose tasks wait for files. */
function stagingJobs(tx: Tx, { limit }: { readonly limit: number }): Promise<readonly Job[]> {
  return tx.jobs.staging(limit);
}

/** Unit of work: a job's task is queued, goes on waiting, or fails. */
export async function settleJob(tx: Tx, { jobId, ready, problem, waits, held, now }: Judgement): Promise<void> {
  const job = (await tx.jobs.getMany([jobId])).get(jobId);
  const task = job?.taskId === undefined ? undefined : (await tx.tasks.getMany([job.taskId])).get(job.taskId);
  if (!job?.isStaging) return;
  const { heldSince: _, ...rest } = job;
  if (task?.state !== "waiting") {
    await tx.jobs.put([{ ...rest, isStaging: false }]);
    return;
  }
  let move: Move | undefined;
  if (ready) move = queue(task, now);
  else if (problem) move = fail(task, problem, now);
  else if (waits && waits.message !== task.reason?.message) move = waitOn(task, waits, now);
  const heldSince = held ? (job.heldSince ?? now) : undefined;
  const isStaging = !ready && !problem;
  await tx.jobs.put([{ ...rest, isStaging, ...(isStaging && heldSince !== undefined ? { heldSince } : {}) }]);
  if (!move) return;
  await tx.tasks.replace([{ task: move.task, ifState: "waiting", ifAttempt: task.attempt }]);
  await tx.journal.append(move.entries);
}

/**
 * Sees to it that jobs get their files and start: what is missing is fetched, what cannot be had is looked for again
 * after a growing pause, and a job for which something cannot be had for too long fails.
 */
export class JobStarter {
  readonly #ports: StagingPorts;
  readonly #holds = new Map<string, Hold>();

  constructor(ports: StagingPorts) {
    this.#ports = ports;
  }

  /** Looks at all jobs that wait for files; answers when to look again, undefined when nothing is held. */
  async step(): Promise<number | undefined> {
    const { store } = this.#ports;
    const jobs = await store.transact(stagingJobs, { limit: batch });
    let next: number | undefined;
    for (const job of jobs) {
      const at = await this.#advance(job);
      if (at !== undefined) next = Math.min(next ?? at, at);
    }
    if (jobs.length === 0) this.#holds.clear();
    return next;
  }

  async #advance(job: Job): Promise<number | undefined> {
    const { store, clock } = this.#ports;
    const now = clock.now();
    const files = job.definition?.files ?? [];
    const here = await store.transact(touchFiles, { ids: files, now });
    const missing = files.filter((id) => !here.has(id));
    if (missing.length === 0) {
      const problem = await this.#entryProblem(job, here);
      await store.transact(settleJob, { jobId: job.id, now, ...(problem ? { problem } : { ready: true }) });
      return undefined;
    }
    for (const id of missing) this.#fetch(id, now);
    await store.transact(settleJob, this.#judge(job, missing, now));
    const times = missing.flatMap((id) => this.#holds.get(id)?.nextAt ?? []);
    return times.length > 0 ? Math.min(...times) : undefined;
  }

  async #entryProblem({ definition }: Job, here: ReadonlyMap<string, StagedFile>): Promise<Reason | undefined> {
    if (!definition || definition.pythonVersions.length > 0) return undefined;
    const entry = here.get(definition.files[0] ?? "");
    return entry && entryProblem(this.#ports, entry);
  }

  /** Not waited for: a long file must not keep other jobs. */
  #fetch(id: string, now: number): void {
    const { staging, clock } = this.#ports;
    const hold = this.#holds.get(id);
    if (staging.isUnderWay(id) || (hold && hold.nextAt > now)) return;
    const failed = (problem: StagingProblem) => {
      const failures = (hold?.failures ?? 0) + 1;
      const pause = Math.min(longestPause, firstPause * 2 ** Math.min(failures - 1, 10));
      this.#holds.set(id, { problem, failures, nextAt: clock.now() + pause });
    };
    stageFile(this.#ports, id).then(
      (staged) => {
        if ("problem" in staged) failed(staged.problem);
        else this.#holds.delete(id);
        staging.changed();
      },
      (error: unknown) => {
        failed({ reason: "UNAVAILABLE", message: `File ${id} could not be kept: ${String(error)}` });
        staging.changed();
      },
    );
  }

  #judge(job: Job, missing: readonly string[], now: number): Judgement {
    const { limits } = this.#ports.staging;
    const held = missing.flatMap((id) => this.#holds.get(id) ?? []);
    const [worst] = held;
    const [jobId, total] = [job.id, job.definition?.files.length ?? 0];
    if (!worst) {
      const message = `Its files are being fetched: ${total - missing.length} of ${total} are here`;
      return { jobId, now, waits: { code: "staging", message } };
    }
    const more = held.length > 1 ? `, and ${held.length - 1} more files cannot be had` : "";
    const message = `${worst.problem.message}${more}`;
    if (job.heldSince !== undefined && now - job.heldSince >= limits.longestHold) {
      return { jobId, now, problem: { code: "inputs-missing", message } };
    }
    const hint = "It starts by itself when the file can be had: upload it, or mend its source.";
    return { jobId, now, held: true, waits: { code: "held", message, hint } };
  }
}
