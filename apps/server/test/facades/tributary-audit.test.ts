import { timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import { Code, createClient } from "@connectrpc/connect";
import { AmeService } from "@tributary/proto/ame/v1/ame_pb";
import { TaskQueue } from "@tributary/proto/taskqueue/taskqueue_pb";
import { type AuditEvent, AuditOutcome, AuditService } from "@tributary/proto/tributary/v1/audit_pb";
import { SecretService } from "@tributary/proto/tributary/v1/secrets_pb";
import { SessionService } from "@tributary/proto/tributary/v1/sessions_pb";
import { SourceService } from "@tributary/proto/tributary/v1/sources_pb";
import { TaskService } from "@tributary/proto/tributary/v1/tasks_pb";
import { Role, TokenService } from "@tributary/proto/tributary/v1/tokens_pb";
import { expect, it } from "vitest";
import { trimAudit } from "#core/audit/trim-audit.ts";
import type { Principal } from "#core/principal.ts";
import { bytes, hello, refusal, rpc, server } from "#test/facades/suite.ts";
import { HandWorker } from "#test/hand-worker.ts";
import { admin, worker } from "#test/in-process.ts";

const as = (principal: Principal) => ({
  ame: createClient(AmeService, server.transport(principal)),
  tasks: createClient(TaskService, server.transport(principal)),
  secrets: createClient(SecretService, server.transport(principal)),
  sources: createClient(SourceService, server.transport(principal)),
  tokens: createClient(TokenService, server.transport(principal)),
  queue: createClient(TaskQueue, server.transport(principal)),
  audit: createClient(AuditService, server.transport(principal)),
});

async function events(): Promise<AuditEvent[]> {
  // What runners do is written behind their answers.
  await server.ports.audit.settled();
  return (await as(admin).audit.listEvents({})).events;
}

const short = ({ principal, rpc: name, outcome, targets }: AuditEvent) =>
  `${principal} ${name} ${outcome} ${targets.map(({ field, value }) => `${field}=${value}`).join(" ")}`.trim();

rpc("tributary.v1.AuditService.ListEvents", () => {
  it("has every change through any API with who, what and how it ended, newest first, and nothing that was carried", async () => {
    const runner: Principal = { name: "ann", role: "runner", tokenId: "token1" };
    const { ame, tasks, queue, secrets: forbidden } = as(runner);
    const { name: project } = await ame.createProject({ cfg: { name: "churn", tasks: [hello] } });
    await ame.uploadProjectFile(
      (async function* () {
        yield { messages: { case: "identifier" as const, value: { taskid: project, filepath: "./a.py" } } };
        yield { messages: { case: "chunk" as const, value: { contents: bytes("hidden-content") } } };
      })(),
    );
    const run = await ame.runTask({
      projectId: { name: project },
      taskCfg: { ...hello, env: [{ key: "A", val: "hidden-variable" }] },
    });
    const { taskId } = await queue.submitTask({ command: "echo hidden-command" });
    await tasks.cancelTask({ id: taskId });
    await refusal(forbidden.createSecret({ key: "k", value: "hidden-value" }));
    const { secrets, sources, tokens } = as(admin);
    await secrets.createSecret({ key: "k", value: "hidden-value" });
    await refusal(secrets.createSecret({ key: "k", value: "hidden-again" }));
    await refusal(
      sources.createSource({ settings: { repository: "https://me:hidden-password@git.invalid/a.git?x=1" } }),
    );
    const made = await tokens.createToken({ name: "ci", role: Role.VIEWER });
    // Looking is no change, nor is a worker's part.
    await tasks.listTasks({});
    const hand = await HandWorker.start(server.transport(worker));
    hand.stop();
    const all = await events();
    expect(all.map(short)).toEqual([
      `local tributary.v1.TokenService/CreateToken ok name=ci role=ROLE_VIEWER token.id=${made.token!.id}`,
      "local tributary.v1.SourceService/CreateSource invalid_argument settings.repository=https://git.invalid/a.git?x=1",
      "local tributary.v1.SecretService/CreateSecret already_exists key=k",
      expect.stringMatching(/^local tributary\.v1\.SecretService\/CreateSecret ok key=k/),
      "ann tributary.v1.SecretService/CreateSecret permission_denied key=k",
      `ann tributary.v1.TaskService/CancelTask ok id=${taskId}`,
      `ann taskqueue.TaskQueue/SubmitTask ok task_id=${taskId}`,
      `ann ame.v1.AmeService/RunTask ok projectId.name=${project} taskCfg.name=hello name=${run.name}`,
      `ann ame.v1.AmeService/UploadProjectFile ok identifier.taskid=${project} identifier.filepath=./a.py`,
      `ann ame.v1.AmeService/CreateProject ok cfg.name=churn name=${project}`,
    ]);
    expect(all.at(-1)).toMatchObject({ tokenId: "token1", address: "127.0.0.1" });
    expect(timestampMs(all[0]!.time!)).toBeGreaterThan(Date.now() - 60_000);
    const rows = await server.ports.store.view.listAuditEvents({ filter: {}, limit: 100 });
    expect(
      JSON.stringify(rows, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value)),
    ).not.toMatch(/hidden|trib_/);
  });

  it("says who logged in, and that somebody could not", async () => {
    const { tokens } = as(admin);
    const { text } = await tokens.createToken({ name: "person", role: Role.VIEWER });
    const nobody = createClient(SessionService, server.transport());
    await nobody.login({ token: text });
    await refusal(nobody.login({ token: "trib_nonsense" }));
    expect((await events()).slice(0, 2).map(({ principal, outcome }) => [principal, outcome])).toEqual([
      ["local", "unauthenticated"],
      ["person", "ok"],
    ]);
  });

  it("filters, and goes on where a page ended", async () => {
    const { audit, secrets } = as(admin);
    const before = Date.now();
    for (const key of ["a1", "a2", "a3", "b%1"]) await secrets.createSecret({ key, value: "v" }).catch(() => undefined);
    await as({ name: "bob", role: "admin" }).secrets.deleteSecret({ key: "a1" });
    const keys = async (filter: Parameters<typeof audit.listEvents>[0]["filter"]) =>
      (await audit.listEvents(filter ? { filter } : {})).events.map(({ targets }) => targets[0]?.value);
    const since = { after: timestampFromMs(before) };
    expect(await keys({ ...since, principal: "bob" })).toEqual(["a1"]);
    expect(await keys({ ...since, outcome: AuditOutcome.REFUSED })).toEqual(["b%1"]);
    expect(await keys({ ...since, outcome: AuditOutcome.OK })).toEqual(["a1", "a3", "a2", "a1"]);
    expect(await keys({ ...since, text: "B%" })).toEqual(["b%1"]);
    expect(await keys({ ...since, rpc: "tributary.v1.SecretService/Delete" })).toEqual(["a1"]);
    expect(await keys({ before: timestampFromMs(before) })).not.toContain("a2");
    const paged: string[] = [];
    for (let pageToken = "", n = 0; n < 10; n++) {
      const page = await audit.listEvents({ filter: since, pageSize: 2, pageToken });
      paged.push(...page.events.map(({ id }) => id));
      pageToken = page.nextPageToken;
      if (pageToken === "") break;
    }
    expect(paged).toEqual((await audit.listEvents({ filter: since })).events.map(({ id }) => id));
    expect(paged).toHaveLength(5);
    const { nextPageToken } = await audit.listEvents({ filter: since, pageSize: 1 });
    expect(await refusal(audit.listEvents({ pageToken: nextPageToken }))).toMatchObject({ code: Code.InvalidArgument });
  });

  it("is the admin's, and of the whole server", async () => {
    for (const principal of [
      { name: "e", role: "editor" },
      { name: "a", role: "admin", projects: ["churn"] },
    ] as const) {
      expect(await refusal(as(principal).audit.listEvents({}))).toMatchObject({ code: Code.PermissionDenied });
    }
  });

  it("forgets what is too old or too much", async () => {
    const { secrets } = as(admin);
    for (const key of ["c1", "c2", "c3"]) await secrets.createSecret({ key, value: "v" });
    const retention = { ...server.ports.retention, audit: { age: 3_600_000, count: 2 } };
    await trimAudit({ ...server.ports, retention });
    expect((await events()).map(({ targets }) => targets[0]?.value)).toEqual(["c3", "c2"]);
    await trimAudit({ ...server.ports, retention: { ...retention, audit: { age: -60_000, count: 10 } } });
    expect(await events()).toEqual([]);
  });
});
