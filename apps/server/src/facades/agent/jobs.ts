import { Code, ConnectError, type HandlerContext, type ServiceImpl } from "@connectrpc/connect";
import type { Agent } from "@tributary/proto/agent/AgentService_pb";
import { ResponseCode, type RunJobRequest } from "@tributary/proto/agent/RunJob_pb";
import { RefusedError } from "#core/errors.ts";
import type { JobDefinition } from "#core/jobs/job.ts";
import { type JobRun, knownJob, runJob } from "#core/jobs/run-job.ts";
import { stageFiles } from "#core/jobs/stage-files.ts";
import type { StagingProblem } from "#core/jobs/staging.ts";
import type { Ports } from "#core/ports/index.ts";
import { type JobStatus, toJobStatus } from "#facades/agent/job-state.ts";
import { principalOf } from "#rpc/auth.ts";

/** How an end that is not a success is told: `aborted` is for clients that cannot read trailing metadata. */
export type FailedJobs = "done" | "aborted";

/** Milliseconds before a caller's deadline at which it is answered with what there is. */
const margin = 250;

export function jobHandlers(ports: Ports, failedJobs: FailedJobs): ServiceImpl<typeof Agent> {
  return {
    async stageInFiles({ job, files }, context) {
      const fileIds = files.map((file) => file.uuid);
      const until = untilDeadline(context);
      const { staged, problems } = await stageFiles(ports, { jobId: toJobId(job), fileIds, until });
      for (const [id, problem] of problems) context.responseTrailer.append("stage-error-bin", encode(id, problem));
      return { successFiles: staged.map(({ id }) => ({ file: { uuid: id } })) };
    },
    async runJob(request, context) {
      const definition = toDefinition(request);
      const target = waitTarget(context);
      // Before the job is looked at, so that nothing is missed that happens in between.
      const position = ports.store.position();
      let run = await runJob(ports, {
        jobId: toJobId(request.job),
        ...(definition ? { definition } : {}),
        creator: principalOf(context).name,
      });
      if (target !== undefined) run = await waitFor(ports, run, target, position, untilDeadline(context));
      return answer(toJobStatus(run), context, failedJobs);
    },
  };
}

function toJobId(job: RunJobRequest["job"]): string {
  if (!job) throw new RefusedError("invalid", "job: is missing; say which job this is", "job");
  return job.uuid;
}

function toDefinition({ files, requirements }: RunJobRequest): JobDefinition | undefined {
  if (files.length === 0 && requirements.length === 0) return undefined;
  return {
    files: files.map(({ uuid }) => uuid),
    pythonVersions: requirements.flatMap(({ pythonVersion }) => pythonVersion || []),
  };
}

function encode(id: string, { reason }: StagingProblem): string {
  return Buffer.from(`${id} ${reason}`).toString("base64").replace(/=+$/, "");
}

/** Aborts shortly before the caller's deadline, or when the caller goes. */
function untilDeadline(context: HandlerContext): AbortSignal {
  const left = context.timeoutMs();
  if (left === undefined) return context.signal;
  return AbortSignal.any([
    context.signal,
    AbortSignal.timeout(Math.max(0, Math.floor(left - Math.min(margin, left / 4)))),
  ]);
}

/** Which code the caller wants to wait for, by `wait-for`; undefined when it wants its answer at once. */
function waitTarget({ requestHeader }: HandlerContext): ResponseCode | undefined {
  switch (requestHeader.get("wait-for")) {
    case null:
      return undefined;
    case "RUN":
      return ResponseCode.RUN;
    case "DONE":
      return ResponseCode.DONE;
    default:
      throw new RefusedError("invalid", "wait-for: is RUN or DONE, or left out for an answer at once", "wait-for");
  }
}

async function waitFor(
  { store }: Pick<Ports, "store">,
  first: JobRun,
  target: ResponseCode,
  position: ReturnType<Ports["store"]["position"]>,
  until: AbortSignal,
): Promise<JobRun> {
  const hasCome = (run: JobRun) => toJobStatus(run).code >= target;
  let run = first;
  if (hasCome(run) || until.aborted) return run;
  try {
    for await (const entries of store.follow(position, until)) {
      if (!entries.some((entry) => "taskId" in entry && entry.taskId === run.task?.id)) continue;
      run = await store.transact(knownJob, { jobId: first.job.id });
      if (hasCome(run)) break;
    }
  } catch (error) {
    if (!until.aborted) throw error;
  }
  return run;
}

function answer(status: JobStatus, { responseTrailer }: HandlerContext, failedJobs: FailedJobs) {
  const trailers = toTrailers(status);
  const failed = status.code === ResponseCode.DONE && status.state !== "SUCCEEDED";
  if (failed && failedJobs === "aborted") {
    throw new ConnectError(`the job ended: ${status.state}. ${status.reason ?? ""}`.trim(), Code.Aborted, trailers);
  }
  for (const [name, value] of Object.entries(trailers)) responseTrailer.set(name, value);
  return { code: status.code };
}

function toTrailers({ state, reason, exitCode, signal, startedAt }: JobStatus): Record<string, string> {
  return {
    "job-state": state,
    ...(reason === undefined ? {} : { "job-reason": inAscii(reason) }),
    ...(exitCode === undefined ? {} : { "job-exit-code": String(exitCode) }),
    ...(signal === undefined ? {} : { "job-signal": signal }),
    ...(startedAt === undefined ? {} : { "job-started-at": new Date(startedAt).toISOString() }),
  };
}

/** Metadata is ASCII; what is not is written as gRPC writes its messages, with `%`. */
function inAscii(text: string): string {
  return text.toWellFormed().replace(/[^ -$&-~]/g, (sign) => encodeURIComponent(sign));
}
