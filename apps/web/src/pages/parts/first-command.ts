import { TaskQueue } from "@tributary/proto/taskqueue/taskqueue_pb";

import { curlCommand } from "#pages/parts/call-commands.ts";

/** What fills a server that has no project yet: a command for a shell, which needs nothing but a worker. */
export function firstCommand(): string {
  return curlCommand({ method: TaskQueue.method.submitTask, request: { command: "echo hello" } });
}
