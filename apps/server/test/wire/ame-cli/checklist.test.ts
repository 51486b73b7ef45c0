import { AmeService, type TaskListEntry } from "@tributary/proto/ame/v1/ame_pb";
import { LogStream } from "@tributary/proto/tributary/v1/logs_pb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Task } from "#core/tasks/task.ts";
import { createToken } from "#core/tokens/create-token.ts";
import { sampleSpec, sampleTask } from "#test/conformance/store-samples.ts";
import { hello } from "#test/facades/suite.ts";
import { HandWorker } from "#test/hand-worker.ts";
import { worker } from "#test/in-process.ts";
import { AmeCli, chunksOf, type Folder } from "#test/wire/ame-cli/ame-cli.ts";
import { type AppServer, startApp } from "#test/wire/app/app-server.ts";

/* What a server must do for the CLI to work with it, point by point. */

const { method } = AmeService;

let server: AppServer;
let cli: AmeCli;
let hand: HandWorker;

beforeAll(async () => {
  server = await startApp();
  cli = new AmeCli(server.url);
  hand = await HandWorker.start(server.inside.transport(worker));
});
afterAll(async () => {
  hand.stop();
  cli.session.close();
  await server.close();
});

const cfg = { name: "listed", tasks: [hello] };

async function filesOf(project: string): Promise<Readonly<Record<string, string>>> {
  const { store, objects } = server.inside.ports;
  const files = await store.transact((tx, id: string) => tx.projectFiles.list(id), project);
  const contents = files.map(async ({ path, hash }) => {
    return [path, String(Buffer.concat(await Array.fromAsync(objects.get(hash))))] as const;
  });
  return Object.fromEntries(await Promise.all(contents));
}

describe("1. gRPC over HTTP/2 in cleartext, with prior knowledge", () => {
  it("is served on the one port", async () => {
    expect(await cli.taskList()).toEqual({});
  });
});

describe("2. a bearer token, any or none", () => {
  it.each([
    ["logged in elsewhere", "eyJhbGciOiJSUzI1NiJ9.e30.c2ln"],
    ["not logged in, so the word and a space", ""],
    ["no header, as something before the server took it away", undefined],
  ])("is taken where nobody is asked for one: %s", async (_, token) => {
    const other = new AmeCli(server.url, token);
    expect(await other.taskList()).toEqual({});
    other.session.close();
  });

  it("is checked where one is asked for, and the refusal says 401, so that the hint to log in shows", async () => {
    const guarded = await startApp({ auth: "required" });
    try {
      const { text } = await createToken(guarded.inside.ports, { name: "ana", role: "runner", projects: [], by: "t" });
      await guarded.inside.ports.tokens.load();
      for (const [token, printed] of [
        ["", "log in first"],
        [undefined, "log in first"],
        ["eyJhbGciOiJSUzI1NiJ9.e30.c2ln", "log in first"],
        [text, "could not reach"],
      ] as const) {
        const other = new AmeCli(guarded.url, token);
        expect(await other.setup()).toEqual({ exit: 0, printed, saved: true });
        const pushed = other.projectPush(cfg, { "./a": "x" });
        if (token === text) expect(await pushed).toMatch(/^listed/);
        else await expect(pushed).rejects.toThrow("401");
        other.session.close();
      }
    } finally {
      await guarded.close();
    }
  });
});

describe("3. GetTask of an unknown name", () => {
  it("is an error, so that setup saves its settings", async () => {
    expect(await cli.setup()).toMatchObject({ saved: true });
  });
});

describe("4. CreateProject", () => {
  it("answers a fresh id each time", async () => {
    const ids = new Set<string>();
    for (let n = 0; n < 20; n++) ids.add((await cli.session.unary(method.createProject, { cfg })).name);
    expect(ids.size).toBe(20);
  });
});

describe("5. UploadProjectFile", () => {
  it("takes the project's id for a task's, ./ in front, and a file without a chunk", async () => {
    const project = await cli.projectPush(cfg, { "./ame.yaml": "name: listed\n", "./a/b/c.txt": "c", "./none": "" });
    expect(await filesOf(project)).toEqual({ "ame.yaml": "name: listed\n", "a/b/c.txt": "c", none: "" });
  });

  it.each([100, 1_000])("takes thousands of chunks of %i bytes", async (size) => {
    const { name } = await cli.session.unary(method.createProject, { cfg });
    const content = Buffer.from(Array.from({ length: 5_000 * size }, (_, n) => n % 251));
    await cli.session.upload(method.uploadProjectFile, chunksOf(name, "./big.bin", content, size));
    const { store, objects } = server.inside.ports;
    const [file] = await store.transact((tx, id: string) => tx.projectFiles.list(id), name);
    expect(Buffer.concat(await Array.fromAsync(objects.get(file!.hash))).equals(content)).toBe(true);
  });

  it("takes thousands of files, a stream each, over one connection", async () => {
    const folder: Folder = Object.fromEntries(
      Array.from({ length: 2_000 }, (_, n) => [`./data/${n % 50}/${n}.txt`, `content ${n % 100}`]),
    );
    const project = await cli.projectPush(cfg, folder);
    const files = await server.inside.ports.store.transact((tx, id: string) => tx.projectFiles.list(id), project);
    expect(files.length).toBe(2_000);
    expect(new Set(files.map(({ hash }) => hash)).size).toBe(100);
  }, 120_000);

  it("says which path it cannot take", async () => {
    const { name } = await cli.session.unary(method.createProject, { cfg });
    for (const path of ["/etc/passwd", "./../up", "./a\0b", ""]) {
      await expect(
        cli.session.upload(method.uploadProjectFile, chunksOf(name, path, "x", 1_000)),
      ).rejects.toMatchObject({ code: 3, message: expect.stringContaining("filepath") });
    }
  });
});

describe("6. RunTask and StreamTaskLogs", () => {
  it("answers before the task ends; the log may be opened at once, is told from its beginning, and ends", async () => {
    const running = cli.taskRun(cfg, { "./ame.yaml": "name: listed\n" }, hello, { logs: true });
    const { attempt } = await hand.take();
    const { log } = await cli.session.unary(method.listTasks, {}).then(async () => {
      await hand.log(attempt, "first\n");
      await hand.log(attempt, "second\n", LogStream.STDERR);
      await hand.exit(attempt);
      return running;
    });
    expect(log).toBe("first\nsecond\n");
    const { name } = await running;
    expect(await cli.taskLogs(name)).toBe("first\nsecond\n");
  });

  it("of an unknown task is an error, not a stream without end", async () => {
    const stream = cli.session.stream(method.streamTaskLogs, { taskid: { name: "nobody" }, startFrom: 1, watch: true });
    await expect(stream.next()).rejects.toMatchObject({ code: 5 });
  });
});

describe("7. ListTasks", () => {
  // Its tasks would be given to the worker of the other tests.
  let listing: AppServer;
  let lister: AmeCli;
  beforeAll(async () => {
    listing = await startApp();
    lister = new AmeCli(listing.url);
  });
  afterAll(async () => {
    lister.session.close();
    await listing.close();
  });
  const phases = async () => Object.entries((await lister.session.unary(method.listTasks, {})).tasks);
  const phaseOf = ([, { status }]: [string, TaskListEntry]) => status?.phase.case;

  it("has a phase and a time in quotes for every task, whatever its state", async () => {
    const states: Task["state"][] = [
      "waiting",
      "queued",
      "paused",
      "active",
      "cancelling",
      "succeeded",
      "failed",
      "cancelled",
    ];
    await insert(states.map((state, n) => ({ state, name: `state-${state}`, dialect: "ame", createdAt: 5_000 + n })));
    const listed = (await phases()).filter(([name]) => name.startsWith("state-"));
    expect(Object.fromEntries(listed.map((entry) => [entry[0].slice(6), phaseOf(entry)]))).toEqual({
      waiting: "pending",
      queued: "pending",
      paused: "pending",
      active: "running",
      cancelling: "running",
      succeeded: "succeeded",
      failed: "failed",
      cancelled: "failed",
    });
    for (const [, { timeStamp }] of listed) expect(timeStamp).toMatch(/^"1970-01-01T00:00:05Z"$/);
  });

  it("has all that are not over and the newest 10,000", async () => {
    await insert([{ state: "waiting", name: "old-and-waiting", dialect: "ame" }]);
    await insert([{ state: "succeeded", name: "old-and-over", dialect: "ame" }]);
    const many = Array.from({ length: 10_000 }, (_, n) => ({ state: "succeeded", name: `many-${n}`, dialect: "ame" }));
    await insert(many as Partial<Task>[]);
    const names = new Set((await phases()).map(([name]) => name));
    expect(names.has("old-and-waiting")).toBe(true);
    expect(names.has("old-and-over")).toBe(false);
    expect([...names].filter((name) => name.startsWith("many-")).length).toBe(10_000);
  });

  async function insert(changes: readonly Partial<Task>[]): Promise<void> {
    await listing.inside.ports.store.transact(async (tx) => {
      const ids = await tx.tasks.nextIds(changes.length);
      await tx.tasks.insert(
        changes.map((change, index) => ({ task: sampleTask(ids[index] ?? 0, change), spec: sampleSpec })),
      );
    }, undefined);
  }
});

/* 8 and 9, the states of sources, are what the commands of commands.test.ts wait for: `readState` fails at Synchronising. */

describe("9. WatchProjectSrc", () => {
  it("tells the present state at once: Pending until a sync has ended", async () => {
    const git = { repository: "https://git.invalid/never-synced", syncInterval: "10s" };
    const { name } = await cli.session.unary(method.createProjectSrc, { git });
    const watch = cli.session.stream(method.watchProjectSrc, { name });
    expect((await watch.next()).value).toMatchObject({ state: 0 });
    await watch.return(undefined);
  });
});

describe("10. entries of a log", () => {
  it("end where characters end, wherever the pieces of the output were cut", async () => {
    const running = cli.taskRun(cfg, {}, hello, { logs: true });
    const { attempt } = await hand.take();
    const text = Buffer.from("é€😀".repeat(50));
    // Each piece on its own, so that a follower sees every cut.
    for (const byte of text) await hand.log(attempt, Uint8Array.of(byte));
    await hand.log(attempt, Uint8Array.of(0xff));
    await hand.exit(attempt);
    expect((await running).log).toBe(`${text}\ufffd`);
  });
});

describe("11. answers", () => {
  it("are never compressed, however well they would be", async () => {
    // Every reading of the session refuses one that is; this one is long and all alike.
    const { name } = await cli.session.unary(method.createProject, { cfg });
    const task = { ...hello, env: Array.from({ length: 200 }, (_, n) => ({ key: `K${n}`, val: "a".repeat(1_000) })) };
    const started = await cli.session.unary(method.runTask, { projectId: { name }, taskCfg: task });
    expect((await cli.taskView(started.name)).env.length).toBe(200);
    const { attempt } = await hand.take();
    await hand.exit(attempt);
  });
});

it("none of this was a fault to the server", () => {
  expect(server.log.filter(({ level }) => Number(level) >= 50)).toEqual([]);
});
