import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { DescService } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { AmeService } from "@tributary/proto/ame/v1/ame_pb";
import { LogService } from "@tributary/proto/tributary/v1/logs_pb";
import { OverviewService } from "@tributary/proto/tributary/v1/overview_pb";
import { ProjectService } from "@tributary/proto/tributary/v1/projects_pb";
import { SecretService } from "@tributary/proto/tributary/v1/secrets_pb";
import { SourceService, SourceState } from "@tributary/proto/tributary/v1/sources_pb";
import { TaskService, TaskState } from "@tributary/proto/tributary/v1/tasks_pb";
import { WatchService } from "@tributary/proto/tributary/v1/watch_pb";
import { WorkerService } from "@tributary/proto/tributary/v1/workers_pb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formsOf, hasLeak, newCanary } from "#test/canaries.ts";
import { type GitServer, startGitServer } from "#test/git-server.ts";
import { type RecordingProxy, recordingProxy } from "#test/recording-proxy.ts";
import { ServerProcess } from "#test/server-process.ts";

// Every call goes through a proxy that remembers what the server sends, every log line is written, and after each step
// the whole data folder is searched for the values: nothing of them may be anywhere.

const environment = { TRIBUTARY_LOG_LEVEL: "trace" };
let server: ServerProcess;
let git: GitServer;
let proxy: RecordingProxy;
const watching = new AbortController();

beforeAll(async () => {
  [server, git] = await Promise.all([ServerProcess.start({ environment }), startGitServer()]);
  proxy = await recordingProxy(() => server.url);
});
afterAll(async () => {
  watching.abort();
  await proxy.close();
  await Promise.all([server.destroy(), git.close()]);
});

/** Nothing is compressed, so that the proxy sees what is sent. */
const transport = () => createConnectTransport({ baseUrl: proxy.url, httpVersion: "1.1", acceptCompression: [] });
const secrets = () => createClient(SecretService, transport());
const tasks = () => createClient(TaskService, transport());
const sources = () => createClient(SourceService, transport());

async function expectNowhere(): Promise<void> {
  expect(await server.leaks()).toEqual([]);
  expect(hasLeak(proxy.received())).toBe(false);
}

async function settled(id: string) {
  for (;;) {
    const { source } = await sources().getSource({ id });
    if (source?.state === SourceState.SYNCHRONIZED || source?.state === SourceState.ERROR) return source;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

interface Wanted {
  readonly files?: Readonly<Record<string, string>>;
  readonly executor: string;
  readonly secrets: Readonly<Record<string, string>>;
  readonly more?: string;
}

/** Adds a repository with one task, and starts that. */
async function start(name: string, { files = {}, executor, secrets: asked, more = "" }: Wanted): Promise<number> {
  const references = Object.entries(asked).map(([injectAs, key]) => `{ame: {key: ${key}, injectAs: ${injectAs}}}`);
  const file = `name: ${name}\ntasks:\n  - name: t\n    executor: ${executor}\n    secrets: [${references.join(", ")}]\n${more}`;
  await git.push(name, { "ame.yaml": file, ...files });
  const { source } = await sources().createSource({ settings: { repository: git.url(name) } });
  expect(await settled(source!.id)).toMatchObject({ state: SourceState.SYNCHRONIZED });
  const { task } = await tasks().runTask({ projectId: source!.id, taskName: "t" });
  return task!.id;
}

/** Follows the log until it has a text, or to its end. */
async function logOf(taskId: number, until?: string): Promise<string> {
  let log = "";
  for await (const { chunks } of createClient(LogService, transport()).followLog({ taskId })) {
    for (const { content } of chunks) log += new TextDecoder().decode(content);
    if (until !== undefined && log.includes(until)) break;
  }
  return log;
}

const custom = (command: string) => `!custom {pythonVersion: 3, command: ${JSON.stringify(command)}}`;

const printer = `
import base64, binascii, html, json, os, shlex, sys, time, urllib.parse
value = os.environ["VALUE"]
data = value.encode()
forms = [value, repr(value), json.dumps(value), json.dumps(value, ensure_ascii=False), urllib.parse.quote(value),
         urllib.parse.quote(value, safe=""), urllib.parse.quote_plus(value), binascii.hexlify(data).decode(),
         data.hex().upper(), html.escape(value), shlex.quote(value)]
for shift in range(3):
    for encode in (base64.b64encode, base64.urlsafe_b64encode, base64.encodebytes):
        forms.append(encode(b"~" * shift + data + b"~").decode())
for n, form in enumerate(forms):
    for stream in (sys.stdout, sys.stderr):
        print(f"form {n}: <{form}>", file=stream, flush=True)
# in two writes, with time between them for whoever reads to take the first alone
for at in (1, 7, len(value) - 1):
    sys.stdout.write(f"cut {at}: " + value[:at]); sys.stdout.flush()
    time.sleep(0.4)
    print(value[at:] + "|")
os.write(1, b"." * 65530 + data + b"\\n")
print(f"printed {len(forms)} forms")
sys.exit(3)
`;

describe("secrets with canaries for values", { timeout: 120_000 }, () => {
  it("are nowhere after they were created, replaced, refused and deleted", async () => {
    void (async () => {
      const client = createClient(WatchService, transport());
      for await (const _ of client.watch({}, { signal: watching.signal }));
    })().catch(() => undefined);
    await secrets().createSecret({ key: "value", value: newCanary() });
    await secrets().createSecret({ key: "other", value: newCanary() });
    await secrets().replaceSecret({ key: "other", value: newCanary() });
    await secrets().createSecret({ key: "gone", value: newCanary() });
    await secrets().deleteSecret({ key: "gone" });
    await createClient(AmeService, transport()).createSecret({ key: "of-ame", value: newCanary() });
    const refused = [
      { key: "value", value: newCanary() },
      { key: "No Key", value: newCanary() },
      { key: "nul", value: `${newCanary()}\0` },
      { key: "large", value: newCanary().repeat(2_000) },
    ];
    for (const ask of refused) await expect(secrets().createSecret(ask)).rejects.toThrow();
    await expectNowhere();
  });

  it("are not repeated to those who send them in a wrong way", async () => {
    const canary = newCanary();
    const bodies = [
      JSON.stringify({ key: "k", value: { text: canary } }),
      JSON.stringify({ key: "k", value: [canary] }),
      JSON.stringify({ key: { k: canary }, value: "x" }),
      `{"key":"k","value":"${canary}`,
      `{"key":"k","value":${canary}}`,
      JSON.stringify({ key: "k", value: "x", also: canary }),
    ];
    for (const body of bodies) {
      const answer = await fetch(`${proxy.url}/tributary.v1.SecretService/CreateSecret`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
      });
      await answer.text();
    }
    await expectNowhere();
  });

  it("are nowhere when they are passwords of git, wrong and right", async () => {
    const [wrong, right] = [newCanary(), newCanary()];
    await git.push("private", { "ame.yaml": "name: private\ntasks: []\n" });
    git.requireLogin("private", { username: "ana", password: right });
    await secrets().createSecret({ key: "git-password", value: wrong });
    const settings = { repository: git.url("private"), username: "ana", secretKey: "git-password" };
    const { source } = await sources().createSource({ settings });
    expect(await settled(source!.id)).toMatchObject({ state: SourceState.ERROR });
    await expectNowhere();
    await secrets().replaceSecret({ key: "git-password", value: right });
    await sources().updateSource({ id: source!.id, settings });
    expect(await settled(source!.id)).toMatchObject({ state: SourceState.SYNCHRONIZED });
    git.requireLogin("private", { username: "ana", password: "another" });
    await sources().syncSource({ id: source!.id });
    while ((await settled(source!.id)).state !== SourceState.ERROR) await new Promise((r) => setTimeout(r, 50));
    await expectNowhere();
  });

  it("are nowhere when a task prints them in every encoding, in pieces, and fails", async () => {
    const id = await start("printer", {
      files: { "printer.py": printer },
      executor: custom("set -x; : $VALUE; python3 printer.py"),
      secrets: { VALUE: "value" },
    });
    const log = await logOf(id);
    expect(log).toContain("form 0: <***>\n");
    expect(log).toMatch(/cut 1: \*\*\*\|\ncut 7: \*\*\*\|\n/);
    expect(log).toContain(`${".".repeat(65_530)}***\n`);
    expect(log).toContain("printed 20 forms");
    expect((await tasks().getTask({ id })).task).toMatchObject({ state: TaskState.FAILED, exitCode: 3 });
    await expectNowhere();
  });

  it("are nowhere when they have many lines, of which each is printed alone", async () => {
    const lines = [newCanary("plain"), newCanary("plain"), newCanary("plain")];
    await secrets().createSecret({ key: "lines", value: `-----BEGIN-----\n${lines.join("\n")}\n-----END-----\n` });
    const id = await start("lines", {
      executor: custom(
        'echo "$LINES_"; echo "$LINES_" | sed -n 3p; echo "$LINES_" | base64; echo "$LINES_" | base64 -w64; env',
      ),
      secrets: { LINES_: "lines" },
    });
    expect(await logOf(id)).toContain("LINES_=***");
    await expectNowhere();
  });

  it("are nowhere when names of files, of the command and of wanted files have them", async () => {
    const canary = newCanary("plain");
    await secrets().createSecret({ key: "named", value: canary });
    const id = await start("named", {
      executor: custom(
        'echo 1 > "$NAMED.txt"; mkdir -p "a/$NAMED"; echo 2 > "a/$NAMED/b"; echo 3 > kept.txt; "/nonexistent/$NAMED"; true',
      ),
      secrets: { NAMED: "named" },
      more: "    artifactCfg: {saveChangedFiles: true}\n",
    });
    expect(await logOf(id)).toContain("its name has a secret in it: ***.txt");
    const { artifacts } = await tasks().getTask({ id });
    expect(artifacts.map(({ path }) => path)).toEqual(["kept.txt"]);
    await expectNowhere();
  });

  it("are nowhere when an environment cannot be built and pip repeats them", async () => {
    const canary = newCanary("plain");
    await secrets().createSecret({ key: "index", value: canary });
    // The repository is the user's and has the value; what the build says of it is ours.
    const id = await start("unbuildable", {
      files: { "requirements.txt": `no package ${canary}\n` },
      executor: '!pip {pythonVersion: 3, command: "true"}',
      secrets: { INDEX: "index" },
    });
    const log = await logOf(id);
    expect(log).toContain("***");
    const { task } = await tasks().getTask({ id });
    expect(task).toMatchObject({ state: TaskState.FAILED, reason: { code: "environment-failed" } });
    expect(task?.reason?.message).toContain("***");
    // The user's file goes with the attempt's folder, a moment after its end.
    await expect.poll(() => server.leaks(), { timeout: 20_000 }).toEqual([]);
    await expectNowhere();
  });

  it("are nowhere when they are replaced and deleted, and worker and server killed, while a task has them", async () => {
    const old = newCanary();
    await secrets().createSecret({ key: "held", value: old });
    const id = await start("held", {
      executor: custom(
        'echo begun; until [ -e "$GO" ]; do sleep 0.05; done; echo "first $HELD"; echo "last $HELD" >&2',
      ),
      secrets: { HELD: "held" },
      more: `    env: [{key: GO, val: '${join(server.dataFolder, "go")}'}]\n`,
    });
    await logOf(id, "begun");
    await secrets().replaceSecret({ key: "held", value: newCanary() });
    await secrets().deleteSecret({ key: "held" });
    const { dataFolder } = server;
    process.kill(Number.parseInt(readFileSync(join(dataFolder, "worker/worker.pid"), "utf8"), 10), "SIGKILL");
    await server.kill();
    // It prints and ends while nobody listens; the next worker has to mask what is in the pipe.
    await writeFile(join(dataFolder, "go"), "");
    await expectNowhere();
    server = await ServerProcess.start({ dataFolder, environment });
    const log = await logOf(id);
    expect(log).toContain("first ***\n");
    expect(log).toContain("last ***\n");
    expect((await tasks().getTask({ id })).task).toMatchObject({ state: TaskState.SUCCEEDED, attempt: 1 });
    await expectNowhere();
  });

  it("fail a task at once that was queued when they were deleted", async () => {
    await secrets().createSecret({ key: "late", value: newCanary() });
    await git.push("late", {
      "ame.yaml":
        "name: late\ntasks:\n  - name: t\n    executor: !custom {pythonVersion: 3, command: 'true'}\n    secrets: [{ame: {key: late, injectAs: LATE}}]\n    retries: 3\n",
    });
    const { source } = await sources().createSource({ settings: { repository: git.url("late") } });
    await settled(source!.id);
    await secrets().deleteSecret({ key: "late" });
    const { task } = await tasks().runTask({ projectId: source!.id, taskName: "t" });
    await logOf(task!.id);
    expect((await tasks().getTask({ id: task!.id })).task).toMatchObject({
      state: TaskState.FAILED,
      attempt: 1,
      reason: { code: "secret-missing", message: expect.stringContaining('"late"') },
    });
    await expectNowhere();
  });

  it("are nowhere while the master key is rotated, and in no answer of any list", async () => {
    const { keyRing } = await secrets().rotateMasterKey({});
    while ((await secrets().getKeyRing({})).keyRing!.leftCount > 0) await new Promise((r) => setTimeout(r, 20));
    await secrets().dropMasterKey({ keyId: keyRing!.keys.find(({ current }) => !current)!.id });
    const { tasks: all } = await tasks().listTasks({});
    const post = async (service: DescService, method: string, body: object) => {
      const headers = { "content-type": "application/json", "accept-encoding": "identity" };
      const url = `${proxy.url}/${service.typeName}/${method}`;
      return (await fetch(url, { method: "POST", headers, body: JSON.stringify(body) })).text();
    };
    for (const { id } of all) {
      await post(TaskService, "GetTask", { id });
      await post(LogService, "ReadLogLines", { taskId: id });
    }
    const services = [
      TaskService,
      SourceService,
      ProjectService,
      SecretService,
      OverviewService,
      WorkerService,
      AmeService,
    ];
    const answers: string[] = [];
    for (const service of services) {
      for (const { name, methodKind } of service.methods) {
        if (methodKind === "unary" && /^(List|Get)/.test(name)) answers.push(await post(service, name, {}));
      }
    }
    for (const { key } of (await secrets().listSecrets({})).secrets) await secrets().listSecretVersions({ key });
    expect(answers.join("")).toContain("of-ame");
    expect(proxy.received().includes("of-ame")).toBe(true);
    await expectNowhere();
  });
});

describe("the search for canaries itself", () => {
  it.each(Object.keys(formsOf("x")))(
    "finds one that is planted in a file, in the database and in an answer: %s",
    async (encoding) => {
      // Not handed out: the end of the server's run must not find it.
      const planted = `pl4nted-${encoding} ${Math.random().toString(36)}/"ü&`;
      for (const form of formsOf(planted)[encoding]!) {
        expect(hasLeak(`before ${form} after`, [planted])).toBe(true);
        const file = join(server.dataFolder, "planted");
        await writeFile(file, Buffer.concat([Buffer.alloc(70_000), Buffer.from(form), Buffer.alloc(9)]));
        expect(await server.leaks([planted])).toEqual([file]);
        await writeFile(file, "");
        expect(await server.leaks([planted])).toEqual([]);
      }
    },
  );

  it("finds what a user wrote into an artifact, which is the user's own, and a title in the database", async () => {
    const planted = `pl4nted-${Math.random().toString(36).slice(2)}`;
    const id = await start("own", {
      executor: custom(`echo ${planted} > own.txt`),
      secrets: {},
      more: "    artifactCfg: {saveChangedFiles: true}\n",
    });
    await logOf(id);
    const leaks = await server.leaks([planted]);
    expect(leaks.some((path) => path.startsWith(join(server.dataFolder, "objects")))).toBe(true);
    expect(leaks).toContain("the table task_specs");
    expect(hasLeak(proxy.received(), [planted])).toBe(false);
    await tasks().getTask({ id });
    expect(hasLeak(proxy.received(), [planted])).toBe(true);
  });
});
