interface Server {
  readonly url: string;
}

/** What the tests look at of a task, as it is written in JSON. */
export interface TaskJson {
  readonly id: number;
  readonly title: string;
  readonly state: string;
}

/** What the tests look at of a source. */
export interface SourceJson {
  readonly id: string;
  readonly state: string;
}

/** Calls the server as any other client would, over Connect with JSON. */
export async function call<Answer>({ url }: Server, method: string, request: object): Promise<Answer> {
  const response = await fetch(`${url}/${method}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(request),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} answered ${response.status}: ${text}`);
  return JSON.parse(text) as Answer;
}

/** Submits a shell command over TaskQueue; its title is the command. */
export async function submit(server: Server, command: string): Promise<number> {
  return (await call<{ taskId: number }>(server, "taskqueue.TaskQueue/SubmitTask", { command })).taskId;
}

/** Tasks with one of these states, or all. */
export async function listTasks(server: Server, states: readonly string[] = []): Promise<readonly TaskJson[]> {
  const filter = { states: states.map((state) => `TASK_STATE_${state}`) };
  return (await call<{ tasks?: TaskJson[] }>(server, "tributary.v1.TaskService/ListTasks", { filter })).tasks ?? [];
}

/** Waits until a task has this state, a minute at most. */
export async function reached(server: Server, id: number, state: "ACTIVE" | "SUCCEEDED" | "FAILED"): Promise<void> {
  await until(`task ${id} is ${state}`, async () => {
    const { task } = await call<{ task: TaskJson }>(server, "tributary.v1.TaskService/GetTask", { id });
    return task.state === `TASK_STATE_${state}`;
  });
}

/** Adds a source and waits until it has been read, well or not. */
export async function addSource(server: Server, settings: object): Promise<SourceJson> {
  const created = await call<{ source: SourceJson }>(server, "tributary.v1.SourceService/CreateSource", { settings });
  const { id } = created.source;
  let { source } = created;
  await until(`source ${id} has been read`, async () => {
    ({ source } = await call<{ source: SourceJson }>(server, "tributary.v1.SourceService/GetSource", { id }));
    return ["SOURCE_STATE_SYNCHRONIZED", "SOURCE_STATE_ERROR"].includes(source.state);
  });
  return source;
}

export async function runTask(server: Server, request: object): Promise<number> {
  return (await call<{ task: TaskJson }>(server, "tributary.v1.TaskService/RunTask", request)).task.id;
}

/** Asks again and again until something holds, a minute at most. */
export async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 60_000; Date.now() < end; ) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`waited a minute, and not yet: ${what}`);
}
