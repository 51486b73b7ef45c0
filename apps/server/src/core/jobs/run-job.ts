import { RefusedError } from "#core/errors.ts";
import { entryProblem } from "#core/jobs/entry-point.ts";
import { checkJobId, isSameDefinition, type Job, type JobDefinition } from "#core/jobs/job.ts";
import { matchPython } from "#core/jobs/python-requirement.ts";
import { refuseTooMany, touchFiles } from "#core/jobs/stage-files.ts";
import { demandOfJobs, toJobSpec } from "#core/jobs/to-job-spec.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import { queueTasks } from "#core/tasks/submit-task.ts";
import type { Task } from "#core/tasks/task.ts";

export interface RunJob {
  readonly jobId: string;
  /** Unset: the caller only asks how it goes. */
  readonly definition?: JobDefinition;
  readonly creator: string;
}

/** A job, and the task that runs it once it was told what to run. */
export interface JobRun {
  readonly job: Job;
  readonly task?: Task;
}

type RunPorts = Pick<Ports, "store" | "objects" | "clock" | "staging">;

/**
 * Unit of work: a job and its task.
 *
 * @throws RefusedError `not-found` for a job that there is not, or not any more
 */
export async function knownJob(tx: Tx, { jobId }: { readonly jobId: string }): Promise<JobRun> {
  const run = await findJob(tx, jobId);
  if (!run) {
    throw new RefusedError("not-found", `job: there is no job ${jobId}; name its files to run it`, "job");
  }
  return run;
}

async function findJob(tx: Tx, jobId: string): Promise<JobRun | undefined> {
  const job = (await tx.jobs.getMany([jobId])).get(jobId);
  if (job?.taskId === undefined) return job && { job };
  const task = (await tx.tasks.getMany([job.taskId])).get(job.taskId);
  // Its task has been kept for long enough: so has the job.
  return task && { job, task };
}

interface DefineJob {
  readonly jobId: string;
  readonly definition: JobDefinition;
  /** The interpreter that was chosen; unset without requirements. */
  readonly python?: string;
  readonly creator: string;
  readonly now: number;
}

/** Unit of work: makes a job's task, once. */
async function defineJob(tx: Tx, { jobId, definition, python, creator, now }: DefineJob): Promise<JobRun> {
  const found = await findJob(tx, jobId);
  if (found?.job.definition) return refuseOther(found, definition);
  const { files } = definition;
  const spec = toJobSpec(definition, python);
  const [task] = await queueTasks(tx, {
    now,
    asks: [
      {
        dialect: "agent",
        projectId: "",
        projectName: "",
        name: jobId,
        title: jobId,
        spec,
        creator,
        demand: demandOfJobs,
        heldBack: {
          code: "staging",
          message: `Waits for ${files.length === 1 ? "its file" : `${files.length} files`}`,
        },
      },
    ],
  });
  if (!task) throw new Error("a unit that queues one task answers one");
  const tied = [...new Set([...(found?.job.files ?? []), ...files])];
  const job: Job = {
    id: jobId,
    createdAt: found?.job.createdAt ?? now,
    files: tied,
    definition,
    taskId: task.id,
    isStaging: true,
  };
  await tx.jobs.put([job]);
  return { job, task };
}

/** @throws RefusedError `already-exists` when the job was defined otherwise */
function refuseOther(run: JobRun, definition: JobDefinition): JobRun {
  if (run.job.definition && isSameDefinition(run.job.definition, definition)) return run;
  throw new RefusedError(
    "already-exists",
    `job: ${run.job.id} is a job with other files or requirements, and those do not change; choose a new id`,
    "job",
  );
}

/**
 * Runs a job, or answers how it goes: the same call again changes nothing.
 *
 * @throws RefusedError `invalid` for ids, requirements or an entry point that cannot be used, `conflict` when no worker
 * has such a Python, `already-exists` for a job that was defined otherwise, `not-found` for one that never was
 */
export async function runJob(ports: RunPorts, { jobId: askedId, definition, creator }: RunJob): Promise<JobRun> {
  const { store, clock, staging } = ports;
  const jobId = checkJobId(askedId, "job.uuid");
  const asked = definition && checkDefinition(definition);
  const found = await store.transact(findKnown, { jobId });
  if (!asked) return found ?? (await store.transact(knownJob, { jobId }));
  if (found?.job.definition) return refuseOther(found, asked);
  const python = await choosePython(ports, asked.pythonVersions);
  await refuseEntry(ports, asked);
  const run = await store.transact(defineJob, {
    jobId,
    definition: asked,
    ...(python === undefined ? {} : { python }),
    creator,
    now: clock.now(),
  });
  staging.changed();
  return run;
}

/** Unit of work: a job and its task, if there is one. */
function findKnown(tx: Tx, { jobId }: { readonly jobId: string }): Promise<JobRun | undefined> {
  return findJob(tx, jobId);
}

function checkDefinition({ files, pythonVersions }: JobDefinition): JobDefinition {
  if (files.length === 0) {
    throw new RefusedError("invalid", "files: is empty; the first file is what is run", "files");
  }
  const ids = [...new Set(files.map((id) => checkJobId(id, "files.uuid")))];
  refuseTooMany(ids);
  return { files: ids, pythonVersions };
}

/** The newest Python that satisfies all requirements on any worker. */
async function choosePython(
  { store }: Pick<Ports, "store">,
  requirements: readonly string[],
): Promise<string | undefined> {
  const { workers } = await store.view.listWorkers();
  const versions = workers.flatMap(({ worker }) => (worker.online ? (worker.pythonVersions ?? []) : []));
  const found = matchPython(requirements, versions);
  if (requirements.length === 0 || found !== undefined) return requirements.length === 0 ? undefined : found;
  const there = versions.length > 0 ? `workers have ${[...new Set(versions)].join(", ")}` : "no worker has any";
  throw new RefusedError(
    "conflict",
    `requirements.python_version: no Python satisfies ${requirements.join(" and ")}: ${there}`,
    "requirements.python_version",
  );
}

/** What is here already is looked at at once; the rest when it has come. */
async function refuseEntry(ports: RunPorts, { files: [entry = ""], pythonVersions }: JobDefinition): Promise<void> {
  if (pythonVersions.length > 0) return;
  const file = (await ports.store.transact(touchFiles, { ids: [entry], now: ports.clock.now() })).get(entry);
  const problem = file && (await entryProblem(ports, file));
  if (problem) throw new RefusedError("invalid", `files: ${problem.message}`, "files");
}
