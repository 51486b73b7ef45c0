import type { ServiceImpl } from "@connectrpc/connect";
import { RefusedError } from "#core/errors.ts";
import type { LogStream } from "#core/logs/log.ts";
import type { Ports } from "#core/ports/index.ts";
import { knownTask } from "#core/tasks/known-task.ts";
import { followLines } from "#facades/taskqueue/follow-lines.ts";
import { lastLines } from "#facades/taskqueue/newest/last-lines.ts";
import type { NewestTaskQueue } from "#facades/taskqueue/newest/newest-task-queue.ts";

type LogHandlers = Pick<
  ServiceImpl<typeof NewestTaskQueue>,
  "streamTaskLogsOutput" | "streamTaskLogsErr" | "getLogsChunk"
>;

const mostTasks = 1_000;
const mostLines = 10_000;
const streams = ["stdout", "stderr"] as const;

export function logHandlers(ports: Ports): LogHandlers {
  async function* follow(taskId: number, stream: LogStream, signal: AbortSignal) {
    for await (const { text: logText } of followLines(ports, { taskId, streams: [stream] }, signal)) {
      yield { taskId, logType: stream, logText };
    }
  }
  return {
    streamTaskLogsOutput({ taskId }, { signal }) {
      return follow(taskId, "stdout", signal);
    },
    streamTaskLogsErr({ taskId }, { signal }) {
      return follow(taskId, "stderr", signal);
    },
    async getLogsChunk({ taskIds, chunkSize: count, skipFromEnd: skip = 0, logType }) {
      checkCount("chunkSize", count);
      checkCount("skipFromEnd", skip);
      if (taskIds.length > mostTasks) {
        throw new RefusedError(
          "invalid",
          `taskIds: has ${taskIds.length}, at most ${mostTasks} can be asked for`,
          "taskIds",
        );
      }
      const wanted = wantedStreams(logType);
      const logs: { taskId: number; stdout: string[]; stderr: string[] }[] = [];
      for (const taskId of taskIds) {
        await ports.store.transact(knownTask, taskId);
        const chunk: (typeof logs)[number] = { taskId, stdout: [], stderr: [] };
        for (const stream of wanted)
          chunk[stream].push(...(await lastLines(ports.logs, { taskId, stream, count, skip })));
        logs.push(chunk);
      }
      return { logs };
    },
  };
}

function wantedStreams(logType: string | undefined): readonly (typeof streams)[number][] {
  if (!logType) return streams;
  const stream = streams.find((name) => name === logType);
  if (!stream) {
    throw new RefusedError(
      "invalid",
      `log_type: "${logType.slice(0, 40)}" is not known; say stdout or stderr, or leave it out`,
      "log_type",
    );
  }
  return [stream];
}

function checkCount(field: string, lines: number): void {
  if (lines < 0 || lines > mostLines) {
    throw new RefusedError("invalid", `${field}: must be 0 to ${mostLines} lines, is ${lines}`, field);
  }
}
