import { closeSync, constants, existsSync, openSync, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readPipes } from "./read-pipes.ts";
import { collect, kinds, Rig, until, within } from "./rig.ts";

const numbers = `${Array.from({ length: 200_000 }, (_, index) => index + 1).join("\n")}\n`;

describe.each(kinds)("the output of an attempt of the %s launcher", (kind) => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await Rig.open(kind);
  });
  afterAll(() => rig.close());

  it("waits in a full pipe for a reader that comes late", async () => {
    const attempt = rig.attempt("printf start; touch started; seq 200000; echo over >&2");
    await rig.launcher.start(attempt);
    await until(() => existsSync(rig.path("started")), "the attempt writes");
    expect((await rig.launcher.hello()).live).toMatchObject([{ id: attempt.id }]);
    const { out, err } = await collect(attempt).all();
    expect(out === `start${numbers}`).toBe(true);
    expect(err).toBe("over\n");
  });

  it("is all there for a reader that comes after the end", async () => {
    const attempt = rig.attempt("head -c 60000 /dev/zero; echo last >&2");
    await rig.launcher.start(attempt);
    const ended = await rig.end(attempt.id);
    expect(ended.unread).toBe(kind === "python" ? 60_005 : undefined);
    const { out, err } = await collect(attempt).all();
    expect([out.length, err]).toEqual([60_000, "last\n"]);
    await rig.launcher.forget(attempt.id);
    expect(existsSync(attempt.out) || existsSync(attempt.err)).toBe(false);
    expect(() => collect(attempt)).toThrow(/ENOENT/);
  });

  it("is told to be nothing where nothing was written, or all was read; the node launcher tells nothing", async () => {
    const unread = kind === "python" ? 0 : undefined;
    const silent = rig.attempt("true");
    await rig.launcher.start(silent);
    const silentEnd = await rig.end(silent.id);
    expect(silentEnd).toMatchObject({ code: 0 });
    expect(silentEnd.unread).toBe(unread);
    const read = rig.attempt("echo said; touch written; while [ -e written ]; do sleep 0.05; done");
    await rig.launcher.start(read);
    const output = collect(read);
    await until(() => existsSync(rig.path("written")) && output.texts.out === "said\n", "what it wrote is read");
    rmSync(rig.path("written"));
    const readEnd = await rig.end(read.id);
    expect(readEnd).toMatchObject({ code: 0 });
    expect(readEnd.unread).toBe(unread);
    await output.all();
  });

  it("passes from one reader to the next without a loss", async () => {
    const attempt = rig.attempt("seq 200000");
    await rig.launcher.start(attempt);
    let read = "";
    const first = readPipes(attempt, (_pipe, bytes) => {
      read += bytes.toString();
      first.close();
    });
    await within(first.drained(), "the first reader stops");
    const { out } = await collect(attempt).all();
    expect(read.length).toBeGreaterThan(0);
    // The chunk in hand when a reader stops is lost with it; what it has not taken out of the pipe is not.
    expect(numbers.endsWith(out)).toBe(true);
    expect(numbers.length - read.length - out.length).toBeLessThanOrEqual(65_536);
  });

  it("ends with the attempt although a grandchild holds the pipes", async () => {
    const { ended, out } = await rig.run("(trap '' TERM; sleep 100) & echo done");
    expect(ended).toMatchObject({ code: 0 });
    expect(out).toBe("done\n");
  });

  it("does not end before the attempt, even if that closes its side", async () => {
    const attempt = rig.attempt("echo bye; exec >&- 2>&-; touch closed; until [ -e go ]; do sleep 0.01; done");
    await rig.launcher.start(attempt);
    const { output, texts } = collect(attempt);
    let drained = false;
    const end = output.drained().then(() => {
      drained = true;
    });
    await until(() => texts.out !== "" && existsSync(rig.path("closed")), "the attempt closes its side");
    await delay(50);
    expect(drained).toBe(false);
    await writeFile(rig.path("go"), "");
    await within(end, "the end of the output");
  });

  it("comes to a stop while it is paused", async () => {
    const attempt = rig.attempt("seq 200000");
    await rig.launcher.start(attempt);
    const { output, texts, all } = collect(attempt);
    output.pause();
    await delay(100);
    expect(texts.out).toBe("");
    expect((await rig.launcher.hello()).live).toMatchObject([{ id: attempt.id }]);
    output.resume();
    expect((await all()).out === numbers).toBe(true);
  });

  it("is settled when something that cannot be killed holds a pipe", async () => {
    const attempt = rig.attempt("echo said");
    await rig.launcher.start(attempt);
    const holder = openSync(attempt.out, constants.O_WRONLY);
    const { output, all } = collect(attempt);
    await rig.end(attempt.id);
    output.settle();
    expect((await all()).out).toBe("said\n");
    closeSync(holder);
  });
});
