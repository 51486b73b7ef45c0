import type { MessageShape } from "@bufbuild/protobuf";
import type { TaskRequestSchema } from "@tributary/proto/scitq/taskqueue_pb";
import { RefusedError } from "#core/errors.ts";
import { gpuResource } from "#core/tasks/demand.ts";
import { checkImageName } from "#core/tasks/image-name.ts";
import type { RunCommand, RunSpec } from "#core/tasks/run-spec.ts";
import { splitWords } from "#facades/taskqueue/shell-words.ts";

type TaskRequest = MessageShape<typeof TaskRequestSchema>;

const grace = 10_000;
/** Seconds; longer ones are refused rather than cut. */
const longestTimeout = 365 * 24 * 3_600;
const mostRetries = 1_000;

/** What of a request says nothing here, and why. */
const unsaid: readonly {
  readonly fields: readonly (keyof TaskRequest)[];
  readonly why: string;
}[] = [
  { fields: ["containerOptions"], why: "options of containers are not passed on; leave it out" },
  { fields: ["stepId"], why: "there are no steps here; leave it out" },
  {
    fields: ["input", "resource", "output", "publish", "publishMode"],
    why: "files are neither fetched nor put for tasks of TaskQueue; do it in the command, and leave it out",
  },
  {
    fields: ["dependency", "acceptFailure"],
    why: "tasks of TaskQueue do not wait for others; submit it when they have ended",
  },
  { fields: ["isFinal", "usesCache"], why: "it is a property of steps, which there are none of; leave it out" },
  { fields: ["skipIfExists", "reuseKey", "consumeReuse"], why: "results are not reused here; leave it out" },
  { fields: ["scitqAuth"], why: "tasks get no token of this server; leave it out" },
  { fields: ["numa"], why: "tasks are not pinned; leave it out" },
  { fields: ["gpuAll"], why: "name how many by min_gpu instead" },
  {
    fields: ["cpuCurve", "memCurve", "diskCurve"],
    why: "each try is given the same; use min_cpu, min_mem and min_disk",
  },
];

/**
 * What is to be run.
 *
 * @throws RefusedError `invalid` for what cannot be kept, naming the field
 */
export function toRunSpec(request: TaskRequest): RunSpec {
  refuseUnsaid(request);
  refuseStatus(request.status);
  if (!isBare(request)) checkImageName(request.container, "container");
  const timeLimit = toSeconds("running_timeout", request.runningTimeout);
  // Nothing is fetched or put, so these are kept by doing nothing; what is no time is told nevertheless.
  toSeconds("download_timeout", request.downloadTimeout);
  toSeconds("upload_timeout", request.uploadTimeout);
  return {
    inputs: { kind: "none" },
    environment: isBare(request) ? { kind: "none" } : { kind: "image", image: request.container },
    command: toCommand(request),
    variables: [],
    secrets: [],
    resources: toResources(request),
    ...(timeLimit === undefined ? {} : { timeLimit: timeLimit * 1_000 }),
    grace,
    outputs: { saveChangedFiles: false, paths: [] },
    userRetries: toRetries(request.retry),
    systemRetries: 3,
  };
}

function refuseUnsaid(request: TaskRequest): void {
  for (const { fields, why } of unsaid) {
    const field = fields.find((name) => isSaid(request[name]));
    if (field === undefined) continue;
    const name = toWireName(field);
    throw new RefusedError("invalid", `${name}: ${why}`, name);
  }
}

/** Clients write defaults out. */
function isSaid(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return value !== undefined && value !== "" && value !== false && value !== 0;
}

function toWireName(localName: string): string {
  return localName.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function refuseStatus(status: string): void {
  if (status !== "" && status !== "P") {
    throw new RefusedError(
      "invalid",
      `status: tasks begin as P; "${status.slice(0, 10)}" cannot be asked for, leave it empty`,
      "status",
    );
  }
}

/** Runs on the worker's machine itself. Source: scitq's literal `bare`; nothing at all is taken for the same. */
function isBare({ container }: TaskRequest): boolean {
  return container === "" || container === "bare";
}

/** Source: without a shell, scitq's newest worker hands the words of a command to the container itself. */
function toCommand(request: TaskRequest): RunCommand {
  const { command, shell } = request;
  if (shell) return { kind: "argv", argv: [shell, "-c", command] };
  return isBare(request) ? { kind: "shell", script: command } : { kind: "argv", argv: splitWords(command) };
}

function toRetries(retry: number | undefined): number {
  const retries = retry ?? 0;
  if (retries < 0 || retries > mostRetries) {
    throw new RefusedError("invalid", `retry: must be 0 to ${mostRetries}, is ${retries}`, "retry");
  }
  return retries;
}

function toSeconds(field: string, timeout: number | undefined): number | undefined {
  if (timeout === undefined || timeout === 0) return undefined;
  if (!(timeout > 0 && timeout <= longestTimeout)) {
    throw new RefusedError("invalid", `${field}: must be more than 0 and at most ${longestTimeout} seconds`, field);
  }
  return timeout;
}

/** Amounts of memory and disk are in GB. */
function toResources({ minCpu, minMem, minDisk, minGpu }: TaskRequest): Readonly<Record<string, string>> {
  const asked = [
    ["cpu", "min_cpu", minCpu, ""],
    ["memory", "min_mem", minMem, "G"],
    ["disk", "min_disk", minDisk, "G"],
    [gpuResource, "min_gpu", minGpu, ""],
  ] as const;
  return Object.fromEntries(
    asked.flatMap(([name, field, amount = 0, unit]) => {
      if (!(amount >= 0 && amount < 1e9)) {
        throw new RefusedError("invalid", `${field}: must be 0 or more, is ${amount}`, field);
      }
      // Floats of 32 bits have seven digits.
      return amount === 0 ? [] : [[name, `${Number(amount.toPrecision(7))}${unit}`]];
    }),
  );
}
