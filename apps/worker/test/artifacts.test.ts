import { LogStream } from "@tributary/proto/tributary/v1/logs_pb";
import { AttemptOutcome, AttemptPhase } from "@tributary/proto/tributary/v1/tasks_pb";
import { expect, test } from "vitest";
import { textOf } from "./fixture-server.ts";
import { tarOf } from "./tar-of.ts";
import { useScene } from "./use-scene.ts";

const scene = useScene();
const shell = (value: string) => ({ command: { case: "shell" as const, value } });

test("changed and new files are kept, and nothing else", async () => {
  const { server } = scene();
  scene().worker();
  server.inputs.set(
    "1-1",
    await tarOf([
      { name: "same.txt", content: "same" },
      { name: "touched.txt", content: "touched" },
      { name: "rewritten.txt", content: "12345" },
      { name: "grown.txt", content: "1" },
    ]),
  );
  const script = `
    touch touched.txt; printf 54321 > rewritten.txt; printf 12 > grown.txt; mkdir -p out/deep; printf new > out/deep/new.txt
    mkdir -p .git __pycache__ venv; touch .git/x __pycache__/y venv/pyvenv.cfg venv/z
    ln -s /etc/passwd leaves; ln -s out/deep/new.txt stays; mkfifo pipe; : > empty`;
  const known = server.assign({ ...shell(script), hasInputs: true, saveChangedFiles: true });
  expect(await server.ended(known)).toMatchObject({ outcome: AttemptOutcome.SUCCEEDED });
  expect([...known.artifacts.keys()]).toEqual(["empty", "grown.txt", "out/deep/new.txt", "rewritten.txt", "stays"]);
  expect(known.artifacts.get("rewritten.txt")?.toString()).toBe("54321");
  expect(known.reports.map(({ phase }) => phase)).toContain(AttemptPhase.COLLECTING);
  expect(textOf(known, LogStream.WORKER)).toContain("Kept 5 files");
});

test("named files, folders and patterns; what is missing or outside is told", async () => {
  const { server } = scene();
  scene().worker();
  const known = server.assign({
    ...shell(
      "mkdir -p out/sub; echo 1 > out/a.csv; echo 2 > out/sub/b.csv; echo 3 > c.txt; head -c 3000000 /dev/zero > big; ln -s / root",
    ),
    artifactPaths: [
      "c.txt",
      "out",
      "**/*.csv",
      "big",
      "missing.txt",
      "no/*.txt",
      "../x",
      "/etc/passwd",
      "root/etc/hostname",
    ],
  });
  expect(await server.ended(known)).toMatchObject({ outcome: AttemptOutcome.SUCCEEDED });
  expect([...known.artifacts.keys()].sort()).toEqual(["big", "c.txt", "out/a.csv", "out/sub/b.csv"]);
  expect(known.artifacts.get("big")?.length).toBe(3_000_000);
  const said = textOf(known, LogStream.WORKER);
  for (const part of ['"missing.txt"', '"no/*.txt"', 'contains ".."', "is absolute", '"root/etc/hostname"'])
    expect(said).toContain(part);
});

test("nothing is kept of a failure", async () => {
  const { server } = scene();
  scene().worker();
  const known = server.assign({ ...shell("echo x > file; exit 1"), saveChangedFiles: true });
  await server.ended(known);
  expect(known.artifacts.size).toBe(0);
});

test("a server that goes while a file is stored gets it whole when it is back", async () => {
  const { server } = scene();
  scene().worker();
  const gate = Promise.withResolvers<void>();
  server.gates.storeArtifact = gate.promise;
  const known = server.assign({ ...shell("seq 100000 > file"), artifactPaths: ["file"] });
  await server.reached(known, AttemptPhase.COLLECTING);
  await server.stop();
  gate.resolve();
  await server.start();
  expect(await server.ended(known)).toMatchObject({ outcome: AttemptOutcome.SUCCEEDED });
  expect(known.artifacts.get("file")?.toString().trim().split("\n").length).toBe(100_000);
});
