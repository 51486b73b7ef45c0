import { Code, ConnectError } from "@connectrpc/connect";
import { LogService, LogStream } from "@tributary/proto/tributary/v1/logs_pb";
import { type Task, TaskService, TaskState } from "@tributary/proto/tributary/v1/tasks_pb";
import type { Context } from "#cli/command.ts";
import { exitCodes } from "#cli/exit-codes.ts";
import { Failure } from "#cli/failure.ts";

/** How often a connection that was lost is tried again before that is given up. */
const tries = 10;

/**
 * Writes a task's log as it grows, until the task has ended. What the worker says about the attempt goes to stderr, so that
 * stdout has what the task wrote. A connection that is lost is opened again where the log was.
 *
 * @returns the task as it ended
 */
export async function followTask(
  { connection, output, signal }: Pick<Context, "connection" | "output" | "signal">,
  taskId: number,
  offset = 0n,
): Promise<Task> {
  const logs = connection.client(LogService);
  let next = offset;
  for (let failures = 0; ; ) {
    try {
      const request = { taskId, start: { case: "offset" as const, value: next } };
      for await (const { chunks, nextOffset } of logs.followLog(request, { signal })) {
        for (const { stream, content } of chunks) {
          if (stream === LogStream.WORKER) output.remark(new TextDecoder().decode(content).replace(/\n$/, ""));
          else await output.bytes(content);
        }
        next = nextOffset;
        failures = 0;
      }
      break;
    } catch (error) {
      const { code } = ConnectError.from(error);
      if (code !== Code.Unavailable || signal.aborted || ++failures > tries) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200 * 2 ** Math.min(failures, 5)));
    }
  }
  return readTask({ connection }, taskId);
}

/** @throws ConnectError `not_found` */
export async function readTask({ connection }: Pick<Context, "connection">, id: number): Promise<Task> {
  const { task } = await connection.client(TaskService).getTask({ id });
  if (!task) throw new Failure(`there is no task ${id}`);
  return task;
}

/** The exit code of the task, 1 where it has none and has not succeeded. */
export function exitCodeOf({ state, exitCode }: Task): number {
  if (state === TaskState.SUCCEEDED) return exitCodes.done;
  return exitCode === undefined || exitCode === 0 ? exitCodes.failed : exitCode;
}
