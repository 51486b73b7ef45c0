import type { DescMethod } from "@bufbuild/protobuf";
import { type CallOptions, Code, ConnectError, createClient } from "@connectrpc/connect";
import { Agent } from "@tributary/proto/agent/AgentService_pb";
import { AmeService } from "@tributary/proto/ame/v1/ame_pb";
import { TaskQueue } from "@tributary/proto/taskqueue/taskqueue_pb";
import { ArtifactService } from "@tributary/proto/tributary/v1/artifacts_pb";
import { DataSetService } from "@tributary/proto/tributary/v1/data_sets_pb";
import { LogService } from "@tributary/proto/tributary/v1/logs_pb";
import { ModelService } from "@tributary/proto/tributary/v1/models_pb";
import { OverviewService } from "@tributary/proto/tributary/v1/overview_pb";
import { ProjectService } from "@tributary/proto/tributary/v1/projects_pb";
import { SavedViewService } from "@tributary/proto/tributary/v1/saved_views_pb";
import { ScheduleService } from "@tributary/proto/tributary/v1/schedules_pb";
import { SessionService } from "@tributary/proto/tributary/v1/sessions_pb";
import { SourceService } from "@tributary/proto/tributary/v1/sources_pb";
import { SystemService } from "@tributary/proto/tributary/v1/system_pb";
import { TaskBatchService } from "@tributary/proto/tributary/v1/task_batches_pb";
import { AttemptOutcome, TaskService } from "@tributary/proto/tributary/v1/tasks_pb";
import { WatchService } from "@tributary/proto/tributary/v1/watch_pb";
import { WorkerService } from "@tributary/proto/tributary/v1/workers_pb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Principal } from "#core/principal.ts";
import { NewestTaskQueue } from "#facades/taskqueue/newest/newest-task-queue.ts";
import { rpcPath } from "#rpc/access.ts";
import { accessTable } from "#server/access-table.ts";
import { facadesOf } from "#server/app.ts";
import { bytes, hello } from "#test/facades/suite.ts";
import { HandWorker } from "#test/hand-worker.ts";
import { admin, type InProcess, openInProcess, worker } from "#test/in-process.ts";

/** Everything of the other project has this in its names, its commands or its output. */
const canary = "bravo";
const alfa: Principal = { name: "limited", role: "admin", projects: ["alfa"], tokenId: "t" };

/** What a project has, by the names that requests use for it. */
interface Things {
  readonly name: string;
  readonly task: number;
  readonly taskName: string;
  readonly project: string;
  readonly source: string;
  readonly schedule: string;
  readonly dataSet: string;
  readonly model: string;
  readonly repository: string;
  readonly view: string;
  readonly batch: string;
}

const nothing: Things = {
  name: "nope",
  task: 999_999,
  taskName: "nope",
  project: "nope",
  source: "nope",
  schedule: "nope",
  dataSet: "nope.data",
  model: "nope/price",
  repository: "https://git.invalid/nope",
  view: "nope",
  batch: "nope",
};

/** A request for each RPC that shows or does something in a project, as it would be for a project's things. */
type Asks = Readonly<Record<string, (things: Things) => object>>;
const about = {
  task: ({ task }: Things) => ({ id: task }),
  taskId: ({ task }: Things) => ({ taskId: task }),
  source: ({ source }: Things) => ({ id: source }),
  sourceId: ({ source }: Things) => ({ sourceId: source }),
  schedule: ({ schedule }: Things) => ({ id: schedule }),
  sourceName: ({ source }: Things) => ({ name: source }),
  taskName: ({ taskName }: Things) => ({ name: taskName }),
  model: ({ model }: Things) => ({ id: model }),
};

const asks: readonly [{ readonly typeName: string; readonly methods: readonly DescMethod[] }, Asks][] = [
  [
    TaskService,
    {
      getTask: about.task,
      cancelTask: about.task,
      retryTask: about.task,
      deleteTask: about.task,
      getAttemptUsage: about.taskId,
      downloadArtifact: ({ task, name }) => ({ taskId: task, path: `${name}.txt` }),
      runTask: ({ project }) => ({ projectId: project, taskName: "hello" }),
      listTasks: () => ({ filter: { text: canary } }),
      listTaskLabels: () => ({}),
    },
  ],
  [
    TaskBatchService,
    {
      createTaskBatch: ({ task }) => ({ act: 1, target: { case: "tasks", value: { ids: [task] } } }),
      getTaskBatch: ({ batch }) => ({ id: batch }),
      stopTaskBatch: ({ batch }) => ({ id: batch }),
      listTaskBatches: () => ({}),
    },
  ],
  [
    SavedViewService,
    {
      listSavedViews: () => ({}),
      createSavedView: ({ name }) => ({ name: `new of ${name}`, page: "tasks", projectName: name }),
      updateSavedView: ({ view }) => ({ id: view, query: "state=failed" }),
      deleteSavedView: ({ view }) => ({ id: `${view}-not-this-one` }),
    },
  ],
  [
    ArtifactService,
    {
      listArtifacts: about.taskId,
      previewArtifact: ({ task, name }) => ({ taskId: task, path: `${name}.txt` }),
    },
  ],
  [
    LogService,
    {
      readLogLines: about.taskId,
      getLogSummary: about.taskId,
      searchLog: ({ task }) => ({ taskId: task, text: canary, pattern: canary }),
      followLog: about.taskId,
      downloadLog: about.taskId,
    },
  ],
  [
    ProjectService,
    {
      listProjects: () => ({}),
      getProject: ({ project }) => ({ id: project }),
      checkProjectFile: () => ({}),
      createProject: ({ name }) => ({ fileText: `name: ${name}\n` }),
      reuseProjectFiles: ({ project }) => ({ projectId: project }),
      uploadProjectFiles: ({ project }) => ({ part: { case: "projectId", value: project } }),
    },
  ],
  [
    SourceService,
    {
      listSources: () => ({}),
      getSource: about.source,
      syncSource: about.source,
      listBranches: about.sourceId,
      listCommits: about.sourceId,
      listFiles: about.sourceId,
      readFile: about.sourceId,
    },
  ],
  [
    ScheduleService,
    {
      listSchedules: () => ({}),
      getSchedule: about.schedule,
      listCalendar: () => ({ fromTime: { seconds: 0n }, toTime: { seconds: 3_600n } }),
      pauseSchedule: about.schedule,
      resumeSchedule: about.schedule,
      updateSchedule: ({ schedule }) => ({ id: schedule, missedTicks: 1 }),
      runScheduleNow: about.schedule,
    },
  ],
  [
    ModelService,
    {
      listModels: () => ({}),
      getModel: about.model,
      trainModel: about.model,
      refreshModel: about.model,
      validateVersion: ({ model }) => ({ id: model, version: 1 }),
      deployModel: about.model,
      pauseDeployment: about.model,
      stopDeployment: about.model,
    },
  ],
  [DataSetService, { listDataSets: () => ({}), refreshDataSet: ({ dataSet }) => ({ id: dataSet }) }],
  [OverviewService, { getOverview: () => ({}) }],
  [WorkerService, { listWorkers: () => ({}) }],
  [WatchService, { watch: () => ({ position: "0" }) }],
  [SystemService, { getSystem: () => ({}) }],
  [SessionService, { getSession: () => ({}), login: () => ({ token: "x" }), logout: () => ({}) }],
  [
    AmeService,
    {
      getTask: about.taskName,
      listTasks: () => ({}),
      streamTaskLogs: ({ taskName }) => ({ taskid: { name: taskName }, watch: false }),
      runTask: ({ project }) => ({ projectId: { name: project }, taskCfg: hello }),
      deleteTask: about.taskName,
      removeTask: about.taskName,
      trainModel: ({ project }) => ({ projectid: project, modelName: "m" }),
      createProject: ({ name }) => ({ cfg: { name } }),
      uploadProjectFile: ({ project }) => ({
        messages: { case: "identifier", value: { taskid: project, filepath: "a" } },
      }),
      createTaskProjectDirectory: () => ({}),
      watchProjectSrc: about.sourceName,
      listResource: () => ({ params: { case: "projectSourceListParams", value: {} } }),
      getProjectSrcCfg: about.sourceName,
      getProjectSrcStatus: about.sourceName,
      getProjectSrcId: ({ repository }) => ({ repo: repository }),
      listProjectSrcs: () => ({}),
    },
  ],
  [
    NewestTaskQueue,
    {
      serverVersion: () => ({}),
      login: () => ({ password: "none" }),
    },
  ],
];

let server: InProcess;
let theirs: Things;
let own: Things;
let hand: HandWorker;

beforeAll(async () => {
  server = await openInProcess();
  hand = await HandWorker.start(server.transport(worker), { slots: 8, cpuMillis: 8_000 });
  theirs = await fill(canary);
  own = await fill("alfa");
});
afterAll(async () => {
  hand.stop();
  await server.close();
});

const noTask = { resources: {}, dataSets: [], variables: [], secrets: [] };

/** A project of a source with a schedule, and a task of it that has written and left something. */
async function fill(name: string): Promise<Things> {
  const { ports } = server;
  const ame = createClient(AmeService, server.transport(admin));
  const tasks = createClient(TaskService, server.transport(admin));
  const repository = `https://git.invalid/${name}`;
  const { name: source } = await ame.createProjectSrc({ git: { repository } });
  const { name: project } = await ame.createProject({ cfg: { name, tasks: [{ ...hello, name: "hello" }] } });
  await ports.store.transact(async (tx) => {
    const uploaded = (await tx.projects.getMany([project])).get(project)!;
    const labelled = { ...uploaded, definition: { ...uploaded.definition, labels: { owner: name } } };
    await tx.projects.put([labelled, { ...labelled, id: source, sourceId: source }]);
    const definition = {
      name: "data",
      path: "data",
      task: noTask,
    };
    const model = { name: "price", training: { task: { name: "fit", ...noTask } } };
    const kept = {
      id: `${name}/price`,
      projectId: source,
      projectName: name,
      trainings: 0,
      problems: {},
      createdAt: 1,
    };
    await tx.models.put([{ ...kept, definition: model }]);
    await tx.dataSets.put([{ id: `${name}.data`, projectId: source, projectName: name, definition, made: 0 }]);
    const by = { createdBy: name, createdAt: 1 };
    const view = { page: "tasks", query: `project=${name}`, projectName: name, updatedBy: name, updatedAt: 1 };
    await tx.savedViews.put([{ id: `${name}-view`, name: `View of ${name}`, ...view, ...by }]);
    const counts = { expected: 1, expectedIsMinimum: false, done: 1, refused: 0, touched: 1 };
    const ended = { act: "cancel" as const, state: "done" as const, projects: [name] };
    await tx.taskBatches.put([{ id: `${name}-batch`, ...ended, ...counts, ...by }]);
    await tx.schedules.put([
      {
        id: `${name}-nightly`,
        projectId: source,
        projectName: name,
        fromSource: true,
        taskName: "hello",
        cron: "0 0 1 1 *",
        missedTicks: "skip",
        createdAt: 1,
      },
    ]);
  }, undefined);
  const { name: taskName } = await ame.runTask({ projectId: { name: project }, taskCfg: hello });
  const attempt = (await hand.take()).attempt;
  await hand.log(attempt, `${name} says hi\n`);
  await hand.client.storeArtifact(
    (async function* () {
      yield {
        part: { case: "header" as const, value: { workerId: hand.id, attempt, path: `${name}.txt`, sizeBytes: 5n } },
      };
      yield { part: { case: "content" as const, value: bytes(name) } };
    })(),
  );
  await hand.end(attempt, AttemptOutcome.FAILED);
  const [listed] = (await tasks.listTasks({ filter: { projectName: name } })).tasks;
  return {
    name,
    task: listed!.id,
    taskName,
    project,
    source,
    schedule: `${name}-nightly`,
    dataSet: `${name}.data`,
    model: `${name}/price`,
    repository,
    view: `${name}-view`,
    batch: `${name}-batch`,
  };
}

/** Code and text of a call, or all that it answered; what follows is cut off after a while. */
async function call(method: DescMethod, request: object, principal: Principal): Promise<string> {
  const client = createClient(method.parent, server.transport(principal)) as unknown as Record<
    string,
    (request: unknown, options: CallOptions) => unknown
  >;
  const told: unknown[] = [];
  try {
    const clientStreams = method.methodKind === "client_streaming";
    const asked = clientStreams
      ? (async function* () {
          yield request;
        })()
      : request;
    // Streams that go on for ever are cut off; everything else ends by itself.
    const timeoutMs = method.methodKind === "server_streaming" ? 300 : 15_000;
    const answer = client[method.localName]!(asked, { timeoutMs });
    if (method.methodKind === "server_streaming") {
      for await (const message of answer as AsyncIterable<unknown>) told.push(message);
    } else told.push(await answer);
  } catch (error) {
    const { code, rawMessage } = ConnectError.from(error);
    if (code !== Code.DeadlineExceeded) return `${Code[code]}: ${rawMessage}`;
  }
  return JSON.stringify(told, (_, value: unknown) => {
    if (typeof value === "bigint") return String(value);
    return value instanceof Uint8Array ? Buffer.from(value).toString() : value;
  });
}

const cells = asks.flatMap(([service, each]) =>
  Object.entries(each).map(([localName, ask]) => {
    const method = service.methods.find((one) => one.localName === localName)!;
    return { title: `${service.typeName}.${localName}`, method, ask };
  }),
);

it("every RPC that is open to callers who see some projects is tried here", () => {
  const tried = new Set(cells.map(({ method }) => rpcPath(method.parent, method)));
  const services = ["/tributary.v1.", "/ame.v1.", "/taskqueue."];
  const open = [...accessTable].flatMap(([path, { wholeServer }]) =>
    !wholeServer && services.some((prefix) => path.startsWith(prefix)) ? path : [],
  );
  expect(open.filter((path) => !tried.has(path))).toEqual([]);
});

const predictions = "GET /projects/:project/models/:model/*";

/** Plain HTTP that is open to callers who see some projects, each as it would be asked for a project's things. */
const gets: Readonly<Record<string, (things: Things) => string>> = {
  "GET /tasks/:taskId/log": () => "",
  "GET /tasks/:taskId/log.zip": () => "",
  "GET /tasks/:taskId/artifact": ({ name }) => `path=${name}.txt`,
  "GET /tasks/:taskId/artifacts.zip": ({ name }) => `path=${name}.txt`,
};

/** Status and text of a plain request, or code and text of its refusal. */
async function get(
  route: string,
  things: Things,
  principal: Principal,
  parameters: Record<string, string> = { taskId: String(things.task) },
): Promise<string> {
  const facts = { version: "test", store: "test", auth: "local", dataFolder: "", startedAt: 0 };
  const handler = facadesOf(server.ports, facts)
    .flatMap(({ routes }) => routes)
    .find(({ method, path }) => `${method} ${path}` === route);
  const request = new Request(`http://localhost/?${gets[route]?.(things)}`);
  try {
    const answer = await handler!.handle(request, parameters, { principal, address: "", requestId: "" });
    return `${answer.status} ${Buffer.from(await answer.arrayBuffer()).toString("latin1")}`;
  } catch (error) {
    return String(error);
  }
}

describe("plain HTTP", () => {
  it("is tried here, all that is open to callers who see some projects", () => {
    const open = [...accessTable].flatMap(([path, { wholeServer, needs }]) =>
      path.startsWith("GET ") && !wholeServer && needs !== "anyone" ? path : [],
    );
    expect(open.sort()).toEqual([...Object.keys(gets), predictions].sort());
  });

  it(`${predictions} knows models of an own project, and of another as little as of none`, async () => {
    const ask = (things: Things, principal: Principal) =>
      get(predictions, things, principal, { project: things.name, model: "price", "*": "health" });
    expect(await ask(own, alfa)).toContain("model alfa/price does not answer");
    expect(await ask(theirs, admin)).toContain("does not answer");
    expect(await ask(theirs, alfa)).toContain("there is no model");
    expect(nameless(await ask(theirs, alfa), theirs)).toBe(nameless(await ask(nothing, alfa), nothing));
  });

  it.each(Object.keys(gets))(
    "%s shows what belongs to an own project, and of another as little as of none",
    async (route) => {
      // What is in an archive is packed, the names are not.
      const mark = (things: Things) => (route.endsWith("log.zip") ? `task-${things.task}` : things.name);
      expect(await get(route, own, alfa)).toMatch(/^200 /);
      expect(await get(route, own, alfa)).toContain(mark(own));
      expect(await get(route, theirs, admin)).toContain(mark(theirs));
      const foreign = await get(route, theirs, alfa);
      expect(foreign).toContain("there is no task");
      expect(nameless(foreign, theirs)).toBe(nameless(await get(route, nothing, alfa), nothing));
    },
  );
});

describe("what belongs to another project does not exist:", () => {
  it.each(cells)("$title", async ({ method, ask }) => {
    const foreign = await call(method, ask(theirs), alfa);
    const unknown = await call(method, ask(nothing), alfa);
    // What the caller has said itself may be said back to it.
    const told = nameless(foreign, theirs);
    expect(told).not.toContain(canary);
    if (!foreign.startsWith("[")) expect(told).toBe(nameless(unknown, nothing));
  });
});

/** Without what the request named, longest first. */
function nameless(text: string, things: Things): string {
  const said = Object.values(things)
    .map(String)
    .sort((x, y) => y.length - x.length);
  return said.reduce((rest, value) => rest.replaceAll(value, "…"), text);
}

describe("what belongs to an own project is there:", () => {
  const reading = cells.filter(({ method }) => accessTable.get(rpcPath(method.parent, method))?.needs === "viewer");
  it.each(reading)("$title", async ({ method, ask }) => {
    const told = await call(method, ask(own), alfa);
    expect(told).not.toMatch(/^(NotFound|PermissionDenied)/);
  });

  it("and can be run, cancelled and shown", async () => {
    const ame = createClient(AmeService, server.transport(alfa));
    const tasks = createClient(TaskService, server.transport(alfa));
    const logs = createClient(LogService, server.transport(alfa));
    expect((await tasks.listTasks({})).tasks.map(({ id }) => id)).toContain(own.task);
    expect((await tasks.listTasks({})).total).toBe(1);
    expect((await logs.readLogLines({ taskId: own.task })).lines[0]?.text).toBe("alfa says hi");
    expect(Object.keys((await ame.listTasks({})).tasks)).toEqual([own.taskName]);
    const again = await tasks.retryTask({ id: own.task });
    expect((await tasks.cancelTask({ id: again.task!.id })).task?.projectName).toBe("alfa");
    const { name } = await ame.createProject({ cfg: { name: "alfa" } });
    expect(name).toMatch(/^alfa/);
    const overview = createClient(OverviewService, server.transport(alfa));
    const sum = (await overview.getOverview({})).states.reduce((all, { count }) => all + count, 0);
    expect(sum).toBe(2);
    const elsewhere = await overview.getOverview({ projectName: canary });
    expect(elsewhere.states.every(({ count }) => count === 0)).toBe(true);
  });
});

it("nothing can be made in another project or in none", async () => {
  const refused = async (promise: Promise<unknown>) =>
    ConnectError.from(await promise.catch((error: unknown) => error)).code;
  const ame = createClient(AmeService, server.transport(alfa));
  expect(await refused(ame.createProject({ cfg: { name: canary } }))).toBe(Code.PermissionDenied);
  const queue = createClient(TaskQueue, server.transport(alfa));
  const agent = createClient(Agent, server.transport(alfa));
  for (const [call, what] of [
    [queue.submitTask({ command: "true" }), "SubmitTask: TaskQueue's tasks"],
    [queue.listTasks({}), "ListTasks: TaskQueue's tasks"],
    [agent.runJob({ job: { uuid: "j" } }), "RunJob: the Agent's jobs and files"],
  ] as const) {
    const { code, rawMessage } = ConnectError.from(await Promise.resolve(call).catch((error: unknown) => error));
    expect(code).toBe(Code.PermissionDenied);
    expect(rawMessage).toContain(`${what} belong to no project, and`);
    expect(rawMessage).toContain("tributary.v1.TaskService/RunTask, or ask an admin for a token without limit");
  }
  // Another project's templates are as little to be seen.
  const { name } = await ame.createProject({
    cfg: { name: "alfa", tasks: [{ name: "t", fromTemplate: { name: "base", project: canary } }] },
  });
  const tasks = createClient(TaskService, server.transport(alfa));
  expect(await refused(tasks.runTask({ projectId: name, taskName: "t" }))).toBe(Code.InvalidArgument);
  expect(server.faults).toEqual([]);
});

it("what waits for an own task in another project goes on, though nobody here sees it", async () => {
  const { ports } = server;
  const tasks = createClient(TaskService, server.transport(alfa));
  const run = await tasks.retryTask({ id: own.task });
  const waiterId = await ports.store.transact(async (tx) => {
    const [id = 0] = await tx.tasks.nextIds(1);
    const [model] = [...(await tx.tasks.getMany([theirs.task])).values()];
    const spec = (await tx.tasks.specs([theirs.task])).get(theirs.task)!;
    const { endedAt: _, startedAt: __, reason: ___, workerId: ____, ...task } = model!;
    await tx.tasks.insert([{ task: { ...task, id, name: `waiter-${id}`, state: "waiting", attempt: 0 }, spec }]);
    await tx.dependencies.insert([{ taskId: id, onTaskId: run.task!.id, path: "", label: "what alfa makes" }]);
    return id;
  }, undefined);
  expect((await tasks.getTask({ id: run.task!.id })).waitedForBy).toEqual([]);
  await tasks.cancelTask({ id: run.task!.id });
  const waiter = await ports.store.view.getTask(waiterId);
  expect(waiter?.task).toMatchObject({ state: "failed", reason: { code: "dependency-failed" } });
  expect(ConnectError.from(await tasks.getTask({ id: waiterId }).catch((error: unknown) => error)).code).toBe(
    Code.NotFound,
  );
});
