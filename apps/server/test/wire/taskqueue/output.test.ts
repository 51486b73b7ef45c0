import { setTimeout as sleep } from "node:timers/promises";
import { status } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type ScitqStub, ScitqWorker } from "#test/scitq-worker.ts";
import { patient, refusal, Stage } from "./stage.ts";

let stage: Stage;
let stub: ScitqStub;

beforeEach(async () => {
  stage = await Stage.open();
  stub = stage.another();
});
afterEach(() => stage.close());

const accepted = (name: string, via?: ScitqStub) => stage.accepted(name, via);

describe("5: SendTaskLogs", () => {
  it("keeps each message on receipt, with the stream still open", async () => {
    const { id, via } = await accepted("w");
    const { stream, ack } = via.logs();
    stream.write({ task_id: id, log_type: "stdout", log_text: "one" });
    await vi.waitFor(
      async () => expect((await via.output(id)).map(({ log_text }) => log_text)).toEqual(["one"]),
      patient,
    );
    stream.write({ task_id: id, log_type: "O", log_text: "two" });
    stream.end();
    expect(await ack).toEqual({ success: true });
    expect((await via.output(id)).map(({ log_text }) => log_text)).toEqual(["one", "two"]);
  });

  it("takes a stream that is taken back as one that has ended", async () => {
    const { id, via } = await accepted("w");
    const { stream } = via.logs();
    stream.write({ task_id: id, log_type: "stdout", log_text: "kept" });
    await vi.waitFor(async () => expect(await via.output(id)).toHaveLength(1), patient);
    stream.write({ task_id: id, log_type: "stdout", log_text: "kept too" });
    await sleep(50);
    stream.cancel();
    await vi.waitFor(async () => expect(await via.output(id)).toHaveLength(2), patient);
    expect(await via.status(id, "S")).toBe(true);
  });

  it("answers an empty stream, and one of several tasks", async () => {
    expect(await stub.sendLogs()).toEqual({ success: true });
    const [a, b] = [await accepted("a"), await accepted("b")];
    const acked = await stub.sendLogs(
      { task_id: a.id, log_text: "a1" },
      { task_id: b.id, log_text: "b1", log_type: "stderr" },
      { task_id: a.id, log_text: "a2" },
    );
    expect(acked).toEqual({ success: true });
    expect((await stub.output(a.id)).map(({ log_text }) => log_text)).toEqual(["a1", "a2"]);
    expect(await stub.output(b.id, { stderr: "true" })).toEqual([
      { task_id: b.id, log_type: "stderr", log_text: "b1" },
    ]);
  });

  it("keeps what comes after the end that the worker has told, and waits with the end for what came before", async () => {
    const { id, via } = await accepted("w");
    const { stream, ack } = via.logs();
    for (let n = 0; n < 500; n += 1) stream.write({ task_id: id, log_type: "stdout", log_text: `line ${n}` });
    const told = via.status(id, "S");
    stream.end();
    expect([await told, await ack]).toEqual([true, { success: true }]);
    expect(await via.output(id)).toHaveLength(500);
    await via.sendLogs({ task_id: id, log_text: "late" });
    expect(await via.output(id)).toHaveLength(501);
  });

  it("takes NUL bytes and lines of 10 MB, of which it shows the beginning", async () => {
    const { id, via } = await accepted("w");
    const long = "x".repeat(10 * 2 ** 20);
    await via.sendLogs(
      { task_id: id, log_text: "a\0b" },
      { task_id: id, log_text: long },
      { task_id: id, log_text: "c" },
    );
    const lines = (await via.output(id)).map(({ log_text }) => log_text);
    expect(lines).toHaveLength(3);
    expect([lines[0], lines[2]]).toEqual(["a\0b", "c"]);
    expect(lines[1]).toHaveLength(65_536);
    // Nothing of it is lost: the log has it all.
    expect((await stage.server.inside.ports.logs.size(id)).bytes).toBe(4 + long.length + 1 + 2);
  });

  it("refuses streams that it does not know, whatever is in their names, and unknown tasks", async () => {
    const { id, via } = await accepted("w");
    for (const log_type of ["", "STDOUT", "../../etc/passwd", "stdout\0", "constructor", "worker"]) {
      const refused = await refusal(via.sendLogs({ task_id: id, log_type, log_text: "x" }));
      expect(refused).toMatchObject({ code: status.INVALID_ARGUMENT });
      expect(refused?.details).toContain("log_type: ");
    }
    expect(await refusal(via.sendLogs({ task_id: 99, log_text: "x" }))).toMatchObject({ code: status.NOT_FOUND });
    expect(await via.output(id)).toEqual([]);
  });

  it("keeps nothing of a task that is not begun, and says so", async () => {
    const id = await stub.submit("x");
    expect(await stub.sendLogs({ task_id: id, log_text: "x" })).toEqual({ success: false });
    const { worker_id } = await stub.register("w", 1);
    await stub.ping(worker_id);
    expect(await stub.sendLogs({ task_id: id, log_text: "x" })).toEqual({ success: false });
    expect(await stub.output(id)).toEqual([]);
  });
});

describe("6: StreamTaskLogs", () => {
  it("answers stdout from the start to its present end; stderr too, when it is asked for", async () => {
    const { id, via } = await accepted("w");
    await via.sendLogs(
      { task_id: id, log_text: "out 1" },
      { task_id: id, log_text: "err 1", log_type: "E" },
      { task_id: id, log_text: "two\nlines" },
    );
    const told = (lines: readonly { log_type: string; log_text: string }[]) =>
      lines.map(({ log_type, log_text }) => `${log_type} ${log_text}`);
    expect(told(await via.output(id))).toEqual(["stdout out 1", "stdout two", "stdout lines"]);
    const both = ["stdout out 1", "stderr err 1", "stdout two", "stdout lines"];
    expect(told(await via.output(id, { stderr: "true" }))).toEqual(both);
    expect(told(await via.output(id, { stderr: "false", follow: "0" }))).toHaveLength(3);
  });

  it("follows when it is asked to, to the end of the task", async () => {
    const { id, via } = await accepted("w");
    await via.sendLogs({ task_id: id, log_text: "one" });
    const lines: string[] = [];
    const stream = via.follow(id, { follow: "true", stderr: "1" });
    const read = (async () => {
      for await (const { log_text } of stream) lines.push(log_text);
    })();
    await vi.waitFor(() => expect(lines).toEqual(["one"]), patient);
    await via.sendLogs({ task_id: id, log_text: "two", log_type: "stderr" });
    await vi.waitFor(() => expect(lines).toEqual(["one", "two"]), patient);
    await via.status(id, "S");
    await read;
    expect(lines).toEqual(["one", "two"]);
  });

  it("refuses unknown tasks and what it cannot read; is empty for a task without output", async () => {
    const id = await stub.submit("x");
    expect(await stub.output(id)).toEqual([]);
    expect(await refusal(stub.output(99))).toMatchObject({ code: status.NOT_FOUND });
    expect(await refusal(stub.output(id, { follow: "maybe" }))).toMatchObject({ code: status.INVALID_ARGUMENT });
  });
});

describe("scitq's worker as it is", () => {
  it("runs real commands, and all of their output is kept", async () => {
    const outputs = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        stub.submit(`echo out ${n}; echo err ${n} >&2; exit ${n % 4 === 3 ? 3 : 0}`),
      ),
    );
    const workers = await Promise.all(
      ["a", "b"].map((name) => ScitqWorker.start(stage.server.port, { name, concurrency: 4 })),
    );
    try {
      await vi.waitFor(async () => {
        const letters = (await stub.list()).map(({ status: letter }) => letter);
        expect(letters.every((letter) => "SF".includes(letter))).toBe(true);
      }, patient);
    } finally {
      await Promise.all(workers.map((worker) => worker.stop()));
    }
    expect(workers.flatMap(({ ran }) => ran).sort((a, b) => a - b)).toEqual(outputs.toSorted((a, b) => a - b));
    for (const [n, id] of outputs.entries()) {
      expect(await stub.letter(id)).toBe(n % 4 === 3 ? "F" : "S");
      const lines = (await stub.output(id, { stderr: "true" })).map(({ log_text }) => log_text);
      expect(lines.toSorted()).toEqual([`err ${n}`, `out ${n}`]);
    }
  });
});
