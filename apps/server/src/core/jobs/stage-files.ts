import { RefusedError } from "#core/errors.ts";
import { checkJobId, type Job, type StagedFile } from "#core/jobs/job.ts";
import { type StagingPorts, stageFile } from "#core/jobs/stage-file.ts";
import type { StagingProblem } from "#core/jobs/staging.ts";
import type { Tx } from "#core/ports/tx.ts";

/** Files that one job may name. */
export const mostFiles = 10_000;

export interface StageFiles {
  readonly jobId: string;
  /** Empty asks for everything that was ever named for the job. */
  readonly fileIds: readonly string[];
  /** Aborts when the caller wants its answer, complete or not. */
  readonly until: AbortSignal;
}

export interface StagedFiles {
  /** Those that are here and verified, in the order in which they were asked for, without repeats. */
  readonly staged: readonly StagedFile[];
  /** Why others are not, by id; those that are still being fetched are in neither. */
  readonly problems: ReadonlyMap<string, StagingProblem>;
}

interface TieFiles {
  readonly jobId: string;
  readonly fileIds: readonly string[];
  readonly now: number;
}

/** Unit of work: ties files to a job, which is made if there is none of that id; answers all that are tied to it. */
async function tieFiles(tx: Tx, { jobId, fileIds, now }: TieFiles): Promise<readonly string[]> {
  const known = (await tx.jobs.getMany([jobId])).get(jobId);
  const fresh = fileIds.filter((id) => !known?.files.includes(id));
  if (known && fresh.length === 0) return known.files;
  const task = known?.taskId === undefined ? undefined : (await tx.tasks.getMany([known.taskId])).get(known.taskId);
  if (known && task && task.state !== "waiting" && task.state !== "queued") {
    throw new RefusedError("conflict", `files: job ${jobId} has started, and files cannot be added any more`, "files");
  }
  const job: Job = known ?? { id: jobId, files: [], isStaging: false, createdAt: now };
  const files = [...job.files, ...fresh];
  refuseTooMany(files);
  await tx.jobs.put([{ ...job, files }]);
  return files;
}

/** Milliseconds by which the time of a file's last use may be wrong, so that asking again writes nothing. */
const usePrecision = 60_000;

/** Unit of work: those of the files that are here; they count as used now. */
export async function touchFiles(
  tx: Tx,
  { ids, now }: { readonly ids: readonly string[]; readonly now: number },
): Promise<ReadonlyMap<string, StagedFile>> {
  const found = await tx.stagedFiles.getMany(ids);
  const idle = [...found.values()].filter(({ usedAt }) => Math.abs(now - usedAt) >= usePrecision);
  if (idle.length === 0) return found;
  await tx.stagedFiles.put(idle.map((file) => ({ ...file, usedAt: now })));
  await tx.journal.append([{ kind: "staged-files-changed", at: now }]);
  return found;
}

/**
 * Brings files here for a job. Answered when each is here or cannot be had now, or when the caller does not want to wait
 * any longer; what is being fetched is fetched to its end all the same.
 *
 * @throws RefusedError `invalid` for ids that cannot be used, `conflict` for new files of a job that has started,
 * `exhausted` when there was no room for any of them
 */
export async function stageFiles(
  ports: StagingPorts,
  { jobId: askedId, fileIds, until }: StageFiles,
): Promise<StagedFiles> {
  const { store, clock } = ports;
  const jobId = checkJobId(askedId, "job.uuid");
  const asked = [...new Set(fileIds.map((id) => checkJobId(id, "files.uuid")))];
  refuseTooMany(asked);
  const tied = await store.transact(tieFiles, { jobId, fileIds: asked, now: clock.now() });
  const ids = asked.length > 0 ? asked : tied;
  const here = await store.transact(touchFiles, { ids, now: clock.now() });
  const missing = asked.filter((id) => !here.has(id));
  const problems = new Map<string, StagingProblem>();
  const fetched = new Map(here);
  const fetching = missing.map(async (id) => {
    const staged = await stageFile(ports, id);
    if ("file" in staged) fetched.set(id, staged.file);
    else problems.set(id, staged.problem);
  });
  await Promise.race([Promise.all(fetching), aborted(until)]);
  const staged = ids.flatMap((id) => fetched.get(id) ?? []);
  const [first] = problems.values();
  if (staged.length === 0 && first && [...problems.values()].every(({ reason }) => reason === "NO_SPACE")) {
    throw new RefusedError("exhausted", first.message);
  }
  return { staged, problems };
}

/** @throws RefusedError `invalid` */
export function refuseTooMany(files: readonly string[]): void {
  if (files.length > mostFiles) {
    throw new RefusedError(
      "invalid",
      `files: a job may have ${mostFiles} files, and these are ${files.length}; pack them`,
      "files",
    );
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
