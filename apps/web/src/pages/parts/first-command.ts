/** What fills a server that has no project yet: a TaskQueue's command for a shell, which needs nothing but a worker. */
export function firstCommand(): string {
  return [
    `curl ${location.origin}/taskqueue.TaskQueue/SubmitTask`,
    "-H 'content-type: application/json'",
    `-d '{"command":"echo hello"}'`,
  ].join(" \\\n  ");
}
