import type { TaskId } from "#core/tasks/task.ts";

/** Reaches the processes that serve models on this machine. */
export interface ModelEndpoints {
  /**
   * Sends a request on; bodies are streams in both directions.
   *
   * @param path - with the query, beginning with `/`
   * @throws EndpointAwayError when nothing listens; the request's body has not been touched then
   */
  call(taskId: TaskId, request: Request, path: string): Promise<Response>;

  /** Why the process is not ready; undefined when it is. */
  probe(taskId: TaskId): Promise<string | undefined>;

  /** Removes what an ended process has left. */
  forget(taskId: TaskId): Promise<void>;
}

/** Nothing listens there (any more, or yet): another replica may. */
export class EndpointAwayError extends Error {
  override readonly name = "EndpointAwayError";
}
