import type { HandlerContext } from "@connectrpc/connect";
import type { TaskLog } from "@tributary/proto/taskqueue/taskqueue_pb";
import type { OutputAppender } from "#core/dispatch/append-output.ts";
import { RefusedError } from "#core/errors.ts";
import type { LogPiece, LogStream } from "#core/logs/log.ts";
import type { Clock } from "#core/ports/clock.ts";
import type { TaskId } from "#core/tasks/task.ts";
import { inBatches } from "#facades/taskqueue/in-batches.ts";
import type { LogStreams } from "#facades/taskqueue/log-streams.ts";

/** What may wait to be kept on one stream, in characters. */
const mostWaiting = 4_194_304;

/** The scitq workers send words, their documentation has letters. */
const streams: Readonly<Record<string, LogStream>> = { stdout: "stdout", stderr: "stderr", O: "stdout", E: "stderr" };

/** @throws RefusedError `invalid` for a word that names no stream */
function toStream(logType: string): LogStream {
  const stream = Object.hasOwn(streams, logType) ? streams[logType] : undefined;
  if (stream) return stream;
  const said = JSON.stringify(logType.slice(0, 40));
  throw new RefusedError("invalid", `log_type: ${said} names no stream; say stdout or stderr (or O or E)`, "log_type");
}

/** A message, of whichever version. */
type Said = Pick<TaskLog, "taskId" | "logType" | "logText">;

export interface OutputParts {
  readonly appender: OutputAppender;
  readonly open: LogStreams;
  readonly clock: Clock;
}

/**
 * Keeps what comes on a stream of output, each message when it comes. That the sender takes the stream back is its usual
 * end.
 *
 * @returns whether all of it was kept: what is of tasks that are not the sender's is not
 */
export async function takeOutput(
  { appender, open, clock }: OutputParts,
  messages: AsyncIterable<Said>,
  callers: readonly string[],
  { signal }: Pick<HandlerContext, "signal">,
): Promise<boolean> {
  const stream = open.open();
  const heard = async function* () {
    for await (const message of messages) {
      stream.heard(message.taskId);
      yield message;
    }
  };
  let success = true;
  try {
    for await (const batch of inBatches(heard(), ({ logText }) => logText.length, mostWaiting)) {
      for (const [taskId, pieces] of byTask(batch, clock.now())) {
        if (!(await appender.append({ taskId, callers }, pieces))) success = false;
      }
    }
  } catch (error) {
    if (error instanceof RefusedError || !signal.aborted) throw error;
  } finally {
    stream.end();
  }
  return success;
}

const encoder = new TextEncoder();

/** Lines of one stream that follow one another are one piece. */
function byTask(messages: readonly Said[], at: number): ReadonlyMap<TaskId, readonly LogPiece[]> {
  const tasks = new Map<TaskId, { stream: LogStream; lines: string[] }[]>();
  for (const { taskId, logType, logText } of messages) {
    const stream = toStream(logType);
    const runs = tasks.get(taskId) ?? [];
    tasks.set(taskId, runs);
    const last = runs.at(-1);
    if (last?.stream === stream) last.lines.push(logText);
    else runs.push({ stream, lines: [logText] });
  }
  const pieces = ({ stream, lines }: { stream: LogStream; lines: string[] }): LogPiece => ({
    stream,
    at,
    bytes: encoder.encode(`${lines.join("\n")}\n`),
  });
  return new Map([...tasks].map(([taskId, runs]) => [taskId, runs.map(pieces)]));
}
