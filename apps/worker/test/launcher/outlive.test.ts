import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Ended, Started } from "../../src/launcher/launcher.ts";
import { collect, type Kind, kinds, linux, lives, Rig, until } from "./rig.ts";

const program = fileURLToPath(new URL("./first-worker.ts", import.meta.url));

/** Starts a worker of its own process, which starts the scripts; returns once it has. */
async function firstWorker(folder: string, kind: Kind, scripts: readonly string[], prefix: readonly string[] = []) {
  const [command = "", ...args] = [...prefix, process.execPath, program, folder, kind, ...scripts];
  const worker = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
  const [text] = (await once(worker.stdout, "data")) as [Buffer];
  return { worker, started: JSON.parse(text.toString()) as (Started | Ended)[] };
}

describe.each(kinds)("the %s launcher outlives", (kind) => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await Rig.open(kind);
  });
  afterEach(() => rig.close());

  it("a worker that is killed, and tells the next one what lives, what ended, and every byte", async () => {
    const scripts = [
      "echo begun; until [ -e go ]; do sleep 0.01; done; echo done",
      "until [ -e away ]; do sleep 0.01; done; echo gone; exit 7",
      "until [ -e away ]; do sleep 0.01; done; kill -KILL $$",
      "/no/such/program",
      "seq 200000",
    ];
    rig.launcher.close();
    const { worker, started } = await firstWorker(rig.folder, kind, scripts);
    worker.kill("SIGKILL");
    await once(worker, "exit");
    await writeFile(rig.path("away"), "");
    const pids = started.map(({ pid }) => pid ?? 0);
    await until(() => !lives(pids[1] ?? 0) && !lives(pids[2] ?? 0), "two attempts end meanwhile");

    const launcher = await rig.reopen();
    const ends = [];
    for (const id of ["1", "2", "3"]) ends.push(await rig.end(id, launcher));
    expect(ends).toMatchObject([{ code: 7 }, { signal: 9 }, { error: expect.stringContaining("/no/such/program") }]);
    const hello = await launcher.hello();
    expect(hello.live).toEqual([started[0], started[4]]);
    expect(hello.ended.map(({ id }) => id)).toEqual(["1", "2", "3"]);

    const outputs = scripts.map((_, id) => collect({ out: rig.path(`${id}.out`), err: rig.path(`${id}.err`) }));
    await writeFile(rig.path("go"), "");
    const texts = await Promise.all(outputs.map((output) => output.all()));
    expect(texts.map(({ out }) => out.length)).toEqual(["begun\ndone\n".length, "gone\n".length, 0, 0, 1_288_895]);
    expect(await rig.end("0", launcher)).toMatchObject({ code: 0 });
    expect(await rig.end("4", launcher)).toMatchObject({ code: 0 });
    for (const id of scripts.keys()) await launcher.forget(`${id}`);
    await launcher.shutdown();
  });

  it("a client that another one replaces", async () => {
    const attempt = rig.attempt("until [ -e go ]; do sleep 0.01; done");
    await rig.launcher.start(attempt);
    const second = await rig.reopen();
    expect(await rig.launcher.gone).toEqual({ why: "replaced" });
    await expect(rig.launcher.start(rig.attempt("true"))).rejects.toMatchObject({ code: "replaced" });
    expect((await second.hello()).live).toMatchObject([{ id: attempt.id }]);
    await writeFile(rig.path("go"), "");
    expect(await rig.end(attempt.id, second)).toMatchObject({ code: 0 });
    second.close();
    expect(await second.gone).toEqual({ why: "closed" });
    await expect(second.hello()).rejects.toMatchObject({ code: "closed" });
  });

  it.runIf(linux)("whoever started it, and hands down nothing that was left open", async () => {
    await rig.launcher.shutdown();
    const careless = ["bash", "-c", 'exec 251<"$0"; exec "$@"', rig.folder];
    const { worker } = await firstWorker(rig.folder, kind, ["ls -l /proc/self/fd"], careless);
    worker.kill("SIGKILL");
    const { out } = await collect({ out: rig.path("0.out"), err: rig.path("0.err") }).all();
    expect(out).toContain("1 -> ");
    expect(out).not.toContain("251 -> ");
  });

  it("a client that leaves in the middle of a request", async () => {
    const attempt = rig.attempt("exit 3");
    const start = rig.launcher.start(attempt).catch((error: unknown) => error);
    rig.launcher.close();
    expect(await start).toMatchObject({ code: "closed" });
    const next = await rig.reopen();
    await next.start(attempt);
    expect(await rig.end(attempt.id, next)).toMatchObject({ code: 3 });
  });
});
