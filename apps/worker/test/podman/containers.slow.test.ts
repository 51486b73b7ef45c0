import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { LogStream } from "@tributary/proto/tributary/v1/logs_pb";
import { AttemptOutcome, AttemptPhase } from "@tributary/proto/tributary/v1/tasks_pb";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { textOf } from "../fixture-server.ts";
import { useScene } from "../use-scene.ts";
import { PodmanRig } from "./podman-rig.ts";

const rig = new PodmanRig();
const scene = useScene();
const { image } = rig;
const shell = (value: string) => ({ image, command: { case: "shell" as const, value } });
const argv = (...words: string[]) => ({ image, command: { case: "argv" as const, value: { arguments: words } } });
const limit = 60_000;

vi.setConfig({ testTimeout: 90_000 });

beforeAll(() => rig.makeImage());
afterAll(() => rig.close());
afterEach(() => expect(rig.containers()).toEqual([]));

function start(env: NodeJS.ProcessEnv = {}) {
  return { server: scene().server, worker: scene().worker(rig.workerArguments(), env) };
}

test("a worker with an engine offers places, and says which engine it is", async () => {
  const { server } = start();
  const [registration] = await server.until(
    "a registration",
    () => server.registrations.length > 0 && server.registrations,
  );
  expect(registration?.offers).toMatchObject({ containers: 4n });
  expect(registration?.containers).toMatchObject({ engine: "podman", explanation: "" });
  expect(registration?.containers?.version).toMatch(/^\d+\.\d+/);
});

test("a command runs in the image: phases, both streams apart, files of the working directory, nothing left", async () => {
  const { server } = start();
  const known = server.assign({
    ...shell('pwd; echo "$GREETING|$TRIBUTARY_TASK_ID"; echo err >&2; echo made > out.txt; [ ! -e /usr/bin/python3 ]'),
    variables: [{ name: "GREETING", value: '  a "b" #c $HOME ' }],
    artifactPaths: ["out.txt"],
  });
  const end = await server.ended(known, limit);
  expect(textOf(known, LogStream.WORKER)).toBe("Kept 1 file\n");
  expect(end).toMatchObject({ outcome: AttemptOutcome.SUCCEEDED, exitCode: 0 });
  expect(textOf(known, LogStream.STDOUT)).toBe('/task\n  a "b" #c $HOME |1\n');
  expect(textOf(known, LogStream.STDERR)).toBe("err\n");
  expect(known.artifacts.get("out.txt")?.toString()).toBe("made\n");
  const running = known.reports.find(({ phase }) => phase === AttemptPhase.RUNNING);
  expect(running?.environment).toMatchObject({ kind: "image", reused: true });
  expect(running?.environment?.key).toMatch(/^(sha256:)?[0-9a-f]{64}$/);
  await server.until("the folder to go", () => scene().attemptFolders().length === 0);
});

test("output is kept byte for byte, much of it too", async () => {
  const { server } = start();
  const known = server.assign(
    shell("printf '\\000\\r\\033[31m\\377\\n'; head -c 3000000 /dev/zero | tr '\\000' x; echo end >&2"),
  );
  await server.ended(known, limit);
  const out = known.pieces.filter(({ stream }) => stream === LogStream.STDOUT).map(({ content }) => content);
  const bytes = Buffer.concat(out);
  expect(bytes.subarray(0, 8).toString("latin1")).toBe("\0\r\x1b[31m\xff");
  expect(bytes.length).toBe(9 + 3_000_000);
  expect(textOf(known, LogStream.STDERR)).toBe("end\n");
});

test("the exit code is the command's own, those of the engine's client too", async () => {
  const { server } = start();
  const seven = server.assign(shell("exit 7"));
  const engines = server.assign(shell("exit 125"));
  expect(await server.ended(seven, limit)).toMatchObject({
    outcome: AttemptOutcome.FAILED,
    exitCode: 7,
    system: false,
  });
  const end = await server.ended(engines, limit);
  expect(end).toMatchObject({ outcome: AttemptOutcome.FAILED, exitCode: 125, system: false });
  expect(end.reason?.code ?? "").toBe("");
  expect(textOf(engines, LogStream.WORKER)).toMatch(/^Exit code 125 after /);
});

test("a program that the image has not is the task's fault, and said so", async () => {
  const { server } = scene();
  // With a first process of the engine's own, that tells it in the output.
  scene().worker([...rig.workerArguments(["--init=false"])]);
  const known = server.assign(argv("no-such-program"));
  const end = await server.ended(known, limit);
  expect(end).toMatchObject({ outcome: AttemptOutcome.FAILED, system: false, reason: { code: "exec-failed" } });
  expect(end.reason?.message).toContain("no-such-program");
});

test("secrets reach the command, whatever is in them, and their values never the log", async () => {
  const { server } = start();
  server.secrets.set("token", "correct horse battery");
  server.secrets.set("key", "-----BEGIN-----\nline two of it\n-----END-----\n");
  const known = server.assign({
    ...shell('echo "token $TOKEN"; echo "$KEY"; [ "$TOKEN" = "correct horse battery" ] && printf %s "$KEY" > key'),
    secrets: [
      { key: "token", injectAs: "TOKEN" },
      { key: "key", injectAs: "KEY" },
    ],
    artifactPaths: ["key"],
  });
  expect(await server.ended(known, limit)).toMatchObject({ outcome: AttemptOutcome.SUCCEEDED });
  expect(known.artifacts.get("key")?.toString()).toBe(server.secrets.get("key"));
  expect(textOf(known)).toContain("token ***");
  expect(textOf(known)).not.toMatch(/horse|line two/);
});

test("a cancelled one is told to end, and is gone when that is told", async () => {
  const { server } = start();
  const known = server.assign(shell("trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.1; done"));
  await server.until("its output", () => textOf(known).includes("up"), limit);
  server.cancel(known);
  const end = await server.ended(known, limit);
  expect(rig.containers()).toEqual([]);
  expect(end.outcome).toBe(AttemptOutcome.CANCELLED);
  expect(textOf(known, LogStream.STDOUT)).toBe("up\nbye\n");
});

test("one that does not listen is killed after the grace time", async () => {
  const { server } = start();
  const grace = durationFromMs(500);
  const known = server.assign({ ...shell("trap '' TERM; echo up; while :; do sleep 0.1; done"), grace });
  await server.until("its output", () => textOf(known).includes("up"), limit);
  server.cancel(known);
  const end = await server.ended(known, limit);
  expect(rig.containers()).toEqual([]);
  expect(end.outcome).toBe(AttemptOutcome.CANCELLED);
});

test("the time limit holds", async () => {
  const { server } = start();
  const known = server.assign({ ...shell("sleep 100"), timeLimit: durationFromMs(700), grace: durationFromMs(500) });
  const end = await server.ended(known, limit);
  expect(end).toMatchObject({ outcome: AttemptOutcome.TIMED_OUT, reason: { code: "timed-out" } });
});

test("one that takes more memory than it asked for is ended, and told why", async () => {
  const { server } = start();
  const hog = "x=; while :; do x=$x$(head -c 1000000 /dev/zero | tr '\\000' a); sleep 0.1; done";
  const known = server.assign({ ...shell(hog), memoryBytes: BigInt(48 << 20), processLimit: 64 });
  const end = await server.ended(known, limit);
  expect(end).toMatchObject({ outcome: AttemptOutcome.FAILED, exitCode: 137, reason: { code: "out-of-memory" } });
});

test("a name that is an option or a place on the machine is refused", async () => {
  const { server } = start();
  const command = { case: "shell" as const, value: "echo ran" };
  for (const name of ["--privileged", "dir:/etc", "docker-archive:/etc/passwd", "a b", "x;y"]) {
    const end = await server.ended(server.assign({ image: name, command }), limit);
    expect(end).toMatchObject({ outcome: AttemptOutcome.FAILED, system: false, reason: { code: "bad-image" } });
  }
});

test("a worker that dies leaves the container running for the next one, which reads on", async () => {
  const { server, worker } = start();
  const known = server.assign(shell("echo one; while [ ! -e go ]; do sleep 0.05; done; echo two"));
  await server.until("its output", () => textOf(known).includes("one"), limit);
  await worker.kill("SIGKILL");
  expect(rig.containers()).toHaveLength(1);
  start();
  await server.until("the next worker", () => server.registrations.length > 1, limit);
  const [folder = ""] = scene().attemptFolders();
  writeFileSync(join(scene().folder, "attempts", folder, "work/go"), "");
  expect(await server.ended(known, limit)).toMatchObject({ outcome: AttemptOutcome.SUCCEEDED, exitCode: 0 });
  expect(textOf(known, LogStream.STDOUT)).toBe("one\ntwo\n");
});

test("with the launcher dead the container is gone before the attempt is told lost", async () => {
  const { server } = start();
  const known = server.assign(shell("echo up; sleep 100"));
  await server.until("its output", () => textOf(known).includes("up"), limit);
  process.kill(Number(readFileSync(join(scene().folder, "launcher/launcher.lock"), "utf8")), "SIGKILL");
  const end = await server.ended(known, limit);
  expect(rig.containers()).toEqual([]);
  expect(end).toMatchObject({ outcome: AttemptOutcome.LOST, system: true });
});

test("what a worker left when both it and its launcher died is removed by the next, and nobody else's", async () => {
  const { server, worker } = start();
  await server.until("a registration", () => server.registrations.length > 0, limit);
  const scope = readFileSync(join(scene().folder, "launcher/launcher.scope"), "utf8");
  await worker.kill("SIGKILL");
  const make = (name: string, label: string) =>
    rig.podman("create", "--name", name, "--label", `tributary.worker=${label}`, ...rig.containerOptions, image, "sh");
  make(`tributary-${scope}-99-1`, scope);
  make("tributary-other-99-1", "other");
  start();
  await server.until("the sweep", () => rig.containers().length === 1, limit);
  expect(rig.containers()).toEqual(["tributary-other-99-1"]);
  rig.podman("rm", "--force", "tributary-other-99-1");
});

test("a worker without an engine says why, and what needs one fails as the machine's fault", async () => {
  const { server } = scene();
  scene().worker(["--containers", "podman"], { PATH: "/nowhere" });
  const [registration] = await server.until(
    "a registration",
    () => server.registrations.length > 0 && server.registrations,
  );
  expect(registration?.offers).not.toHaveProperty("containers");
  expect(registration?.containers).toMatchObject({
    engine: "",
    explanation: expect.stringContaining("podman was not"),
  });
  const end = await server.ended(server.assign(shell("echo ran")), limit);
  expect(end).toMatchObject({ outcome: AttemptOutcome.FAILED, system: true, reason: { code: "no-containers" } });
});
