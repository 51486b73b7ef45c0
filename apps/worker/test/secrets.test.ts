import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { LogStream } from "@tributary/proto/tributary/v1/logs_pb";
import { AttemptOutcome } from "@tributary/proto/tributary/v1/tasks_pb";
import { expect, test } from "vitest";
import { textOf } from "./fixture-server.ts";
import { useScene } from "./use-scene.ts";

const scene = useScene();
const shell = (value: string) => ({ command: { case: "shell" as const, value } });
const SECRET = "correct horse battery staple";

/** Whether anything below a folder contains a text. */
function isOnDisk(text: string): boolean {
  try {
    return execFileSync("grep", ["-rlF", "--", text, scene().root], { encoding: "utf8" }) !== "";
  } catch {
    return false;
  }
}

test("values are masked on the way to the server and on the disk, in any encoding and cut anywhere", async () => {
  const { server } = scene();
  scene().worker();
  server.secrets.set("db", SECRET);
  const known = server.assign({
    ...shell(
      `echo "plain $DB!"; printf "$DB" | base64; printf '%s' "\${DB%%battery*}"; sleep 0.4; echo "\${DB#*horse }"; sleep 1`,
    ),
    secrets: [{ key: "db", injectAs: "DB" }],
  });
  await server.until("three lines", () => textOf(known).split("\n").length > 3);
  expect(isOnDisk(SECRET)).toBe(false);
  expect(await server.ended(known)).toMatchObject({ outcome: AttemptOutcome.SUCCEEDED });
  const lines = textOf(known).split("\n");
  expect(lines[0]).toBe("plain ***!");
  expect(lines[1]).toMatch(/^\*\*\*.{0,3}$/);
  expect(lines[2]).toBe("***");
});

test("a missing secret fails the run at once, naming it", async () => {
  const { server } = scene();
  scene().worker();
  const known = server.assign({ ...shell("echo ran"), secrets: [{ key: "no-such", injectAs: "X" }] });
  const end = await server.ended(known);
  expect(end).toMatchObject({ outcome: AttemptOutcome.FAILED, system: false, reason: { code: "secret-missing" } });
  expect(end.reason?.message).toContain('"no-such"');
  expect(end.reason?.hint).toContain("Create the secret");
  expect(textOf(known)).not.toContain("ran");
});

test("a value too short to be masked is warned of", async () => {
  const { server } = scene();
  scene().worker();
  server.secrets.set("pin", "123");
  const known = server.assign({ ...shell('echo "<$PIN>"'), secrets: [{ key: "pin", injectAs: "PIN" }] });
  await server.ended(known);
  expect(textOf(known, LogStream.STDOUT)).toBe("<123>\n");
  expect(textOf(known, LogStream.WORKER)).toContain("less than 4 bytes: PIN");
});

/** A command that goes on when {@link go} was called. */
const WAIT = "while [ ! -e go ]; do sleep 0.02; done";
const go = () => writeFileSync(join(scene().folder, "attempts/1-1/work/go"), "");

test("a worker killed in the middle of a secret: the next one masks it whole, also when it was replaced meanwhile", async () => {
  const { server } = scene();
  const worker = scene().worker();
  server.secrets.set("db", SECRET);
  const known = server.assign({
    ...shell(`echo begin; printf '<%s' "\${DB%%battery*}"; ${WAIT}; echo "\${DB#*horse }>"; echo "again $DB"`),
    secrets: [{ key: "db", injectAs: "DB" }],
  });
  await server.until("the begin", () => textOf(known).startsWith("begin\n<"));
  await worker.kill("SIGKILL");
  expect(isOnDisk("correct horse")).toBe(false);
  server.secrets.set("db", "another value altogether");
  scene().worker();
  await server.until("a registration", () => server.registrations.length === 2);
  go();
  expect(await server.ended(known)).toMatchObject({ outcome: AttemptOutcome.SUCCEEDED });
  expect(textOf(known)).toBe("begin\n<***>\nagain ***\n");
});

test("what ended while no worker was there is masked by what it was given, also when that was replaced", async () => {
  const { server } = scene();
  const worker = scene().worker();
  server.secrets.set("db", SECRET);
  const known = server.assign({
    ...shell(`echo begin; ${WAIT}; echo "$DB"`),
    secrets: [{ key: "db", injectAs: "DB" }],
  });
  await server.until("the begin", () => textOf(known) === "begin\n");
  await worker.kill("SIGKILL");
  server.secrets.set("db", "another value altogether");
  go();
  await new Promise((resolve) => setTimeout(resolve, 500));
  scene().worker();
  expect(await server.ended(known)).toMatchObject({ outcome: AttemptOutcome.SUCCEEDED });
  expect(textOf(known, LogStream.STDOUT)).toBe("begin\n***\n");
});

test("nothing is read before the secrets are here again", async () => {
  const { server } = scene();
  const worker = scene().worker();
  server.secrets.set("db", SECRET);
  const known = server.assign({
    ...shell(`echo begin; ${WAIT}; echo "$DB"; sleep 60`),
    secrets: [{ key: "db", injectAs: "DB" }],
  });
  await server.until("the begin", () => textOf(known) === "begin\n");
  await worker.kill("SIGKILL");
  const gate = Promise.withResolvers<void>();
  server.gates.readSecrets = gate.promise;
  scene().worker();
  await server.until("a registration", () => server.registrations.length === 2);
  go();
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect(isOnDisk(SECRET)).toBe(false);
  expect(textOf(known)).toBe("begin\n");
  gate.resolve();
  await server.until("the rest", () => textOf(known) === "begin\n***\n");
  server.cancel(known);
  await server.ended(known);
});

test("output that cannot be masked any more is left out", async () => {
  const { server } = scene();
  const worker = scene().worker();
  server.secrets.set("db", SECRET);
  const known = server.assign({
    ...shell(`echo begin; sleep 0.5; echo "$DB"`),
    secrets: [{ key: "db", injectAs: "DB" }],
  });
  await server.until("the begin", () => textOf(known) === "begin\n");
  await worker.kill("SIGKILL");
  await new Promise((resolve) => setTimeout(resolve, 700));
  known.given.clear();
  server.secrets.clear();
  scene().worker();
  expect(await server.ended(known)).toMatchObject({ outcome: AttemptOutcome.SUCCEEDED });
  expect(textOf(known, LogStream.STDOUT)).toBe("begin\n");
  expect(textOf(known, LogStream.WORKER)).toContain("left out");
});

test("reasons and what the worker says are masked, and a file whose name has a secret in it is not kept", async () => {
  const { server } = scene();
  scene().worker();
  server.secrets.set("db", "tr1butary-value");
  const secrets = [{ key: "db", injectAs: "DB" }];
  const named = server.assign({
    ...shell('mkdir out; echo x > "out/$DB.txt"; echo y > out/good.txt; printf %s "$DB" > out/content.txt'),
    secrets,
    artifactPaths: ["out", "tr1butary-value-that-is-not-there"],
  });
  expect(await server.ended(named)).toMatchObject({ outcome: AttemptOutcome.SUCCEEDED });
  expect([...named.artifacts.keys()].sort()).toEqual(["out/content.txt", "out/good.txt"]);
  expect(textOf(named, LogStream.WORKER)).toContain(
    "A file is not kept, as its name has a secret in it: out/***.txt\n",
  );
  expect(textOf(named, LogStream.WORKER)).toContain('No file to keep at "***-that-is-not-there"');

  const unstartable = server.assign({
    command: { case: "argv", value: { arguments: ["/no/such/tr1butary-value"] } },
    secrets,
  });
  const end = await server.ended(unstartable);
  expect(end.reason?.code).toBe("exec-failed");
  for (const known of [named, unstartable]) {
    expect(
      JSON.stringify([known.reports, textOf(known)], (_, each) => (typeof each === "bigint" ? `${each}` : each)),
    ).not.toContain("tr1butary");
  }
});
