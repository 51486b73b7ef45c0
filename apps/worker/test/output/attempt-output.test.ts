import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient, createRouterTransport } from "@connectrpc/connect";
import {
  type AppendLogRequest,
  type AppendLogResponseSchema,
  AttemptRefSchema,
  DispatchService,
} from "@tributary/proto/tributary/v1/dispatch_pb";
import { LogStream } from "@tributary/proto/tributary/v1/logs_pb";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { buildAutomaton } from "../../src/masking/automaton.ts";
import { secretPatterns } from "../../src/masking/secret-patterns.ts";
import { AttemptOutput, type AttemptOutputOptions } from "../../src/output/attempt-output.ts";
import { UnsentBudget } from "../../src/output/unsent-budget.ts";
import { Uplink } from "../../src/uplink.ts";

type Reply = MessageInitShape<typeof AppendLogResponseSchema>;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tributary-output-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** An output, and the server that it sends to, which keeps what fits unless `answer` says otherwise. */
function open(
  options: Partial<AttemptOutputOptions> = {},
  answer?: (request: AppendLogRequest, kept: Kept) => Reply | Promise<Reply>,
) {
  const kept = new Kept();
  const transport = createRouterTransport((router) =>
    router.service(DispatchService, { appendLog: (request) => answer?.(request, kept) ?? kept.take(request) }),
  );
  const uplink = new Uplink("w");
  const over = new AbortController();
  const told: string[] = [];
  const output = new AttemptOutput({
    uplink,
    attempt: create(AttemptRefSchema, { taskId: 1, number: 1 }),
    signal: over.signal,
    folder,
    budget: new UnsentBudget(),
    shift: 0,
    onShift: (shift) => told.push(`shift ${shift}`),
    onRefused: () => told.push("refused"),
    onUndeliverable: () => told.push("undeliverable"),
    onSpoolFailed: () => told.push("spool failed"),
    onPressure: (high) => told.push(high ? "high" : "low"),
    ...options,
  });
  const connect = () => uplink.up(createClient(DispatchService, transport), over.signal);
  const close = () => {
    over.abort();
    output.close();
  };
  return { output, kept, told, connect, close };
}

class Kept {
  bytes = Buffer.alloc(0);
  streams: LogStream[] = [];
  calls = 0;

  take({ offset, pieces }: AppendLogRequest): Reply {
    this.calls++;
    const sent = Buffer.concat(pieces.map(({ content }) => content));
    if (Number(offset) > this.bytes.length) throw new Error("a gap");
    this.bytes = Buffer.concat([this.bytes.subarray(0, Number(offset)), sent]);
    this.streams.push(...pieces.map(({ stream }) => stream));
    return { keptBytes: BigInt(this.bytes.length) };
  }
}

const { STDOUT, STDERR } = LogStream;
const bytes = (text: string) => Buffer.from(text);

describe("output", () => {
  test("lines of both streams stay whole and in order", async () => {
    const { output, kept, connect, close } = open();
    connect();
    output.write(STDOUT, bytes("on"));
    output.write(STDERR, bytes("error\n"));
    output.write(STDOUT, bytes("e\n"));
    output.say("said");
    output.endStreams();
    expect(await output.delivered()).toBe(15n);
    expect(kept.bytes.toString()).toBe("error\none\nsaid\n");
    expect(kept.streams).toEqual([STDERR, STDOUT, LogStream.WORKER]);
    close();
  });

  test("many small writes share a call", async () => {
    const { output, kept, connect, close } = open();
    connect();
    for (let index = 0; index < 1000; index++) output.write(STDOUT, bytes(`${index}\n`));
    await output.delivered();
    expect(kept.calls).toBeLessThan(5);
    close();
  });

  test("what the server did not keep is sent again", async () => {
    const half = (request: AppendLogRequest, kept: Kept): Reply => {
      kept.take(request);
      kept.bytes = kept.bytes.subarray(0, Math.ceil((Number(request.offset) + kept.bytes.length) / 2));
      return { keptBytes: BigInt(kept.bytes.length) };
    };
    const { output, kept, connect, close } = open({}, half);
    connect();
    const text = Array.from({ length: 5000 }, (_, index) => `line ${index}\n`).join("");
    output.write(STDOUT, bytes(text));
    await output.delivered();
    expect(kept.bytes.toString()).toBe(text);
    close();
  });

  test("an attempt that is taken away is told once", async () => {
    const { output, told, connect, close } = open({}, () => ({ refused: true }));
    connect();
    output.say("x");
    await expect.poll(() => told).toEqual(["refused"]);
    close();
  });

  test("an answer that will never change ends the sending, and the size is what the server has", async () => {
    const answer = (request: AppendLogRequest, kept: Kept) => {
      if (kept.calls === 1) throw new ConnectError("no such stream", Code.InvalidArgument);
      return kept.take(request);
    };
    const { output, told, connect, close } = open({}, answer);
    connect();
    output.say("12345");
    await output.delivered();
    output.say("678");
    expect(await output.delivered()).toBe(6n);
    expect(told).toEqual(["undeliverable"]);
    output.say("nothing more is taken");
    expect(await output.delivered()).toBe(6n);
    close();
  });

  test("a server that lost what it had acknowledged still gets the rest", async () => {
    const { output, kept, told, connect, close } = open();
    connect();
    output.say("12345");
    await output.delivered();
    kept.bytes = kept.bytes.subarray(0, 2);
    output.align(2n);
    output.say("678");
    expect(await output.delivered()).toBe(6n);
    expect(kept.bytes.toString()).toBe("12678\n");
    expect(told).toEqual(["shift 4"]);
    close();
  });

  test("too much that waits is told, and memory is bounded by it", async () => {
    const { output, told, connect, close } = open({ budget: new UnsentBudget(100_000) });
    for (let index = 0; index < 20; index++) output.write(STDOUT, bytes(`${"x".repeat(9_999)}\n`));
    expect(told).toEqual(["high"]);
    connect();
    await output.delivered();
    expect(told).toEqual(["high", "low"]);
    close();
  });
});

describe("the spool", () => {
  const segments = () =>
    readdirSync(folder)
      .filter((name) => name.startsWith("log-"))
      .sort();

  test("goes away as the server has it", async () => {
    const { output, connect, close } = open();
    for (let index = 0; index < 200; index++) output.write(STDOUT, bytes(`${"x".repeat(65_000)}\n`));
    expect(segments().length).toBeGreaterThan(2);
    connect();
    await output.delivered();
    expect(segments().length).toBe(1);
    close();
  });

  test("a record that was being written when the worker died did not happen", async () => {
    const first = open();
    first.output.say("whole");
    first.output.say("torn");
    first.close();
    const path = join(folder, segments()[0]!);
    truncateSync(path, readFileSync(path).length - 2);
    const second = open();
    second.output.say("next");
    second.close();
    const third = open();
    third.connect();
    await third.output.delivered();
    expect(third.kept.bytes.toString()).toBe("whole\nnext\n");
    third.close();
    appendFileSync(path, "");
  });

  test("without room on the disk output goes on in memory", async () => {
    const { output, kept, told, connect, close } = open();
    rmSync(folder, { recursive: true });
    output.say("first");
    output.say("second");
    connect();
    await output.delivered();
    expect(kept.bytes.toString()).toBe("first\nsecond\n");
    expect(told).toEqual(["spool failed"]);
    const { mkdirSync } = await import("node:fs");
    mkdirSync(folder);
    close();
  });

  test("any sequence of writes and deaths of the worker gives the same masked output", async () => {
    const secret = "abcabd";
    const automaton = buildAutomaton(secretPatterns([secret]));
    const chunk = fc
      .array(fc.constantFrom("a", "b", "c", "d", "\n", secret, "é"), { maxLength: 6 })
      .map((parts) => parts.join(""));
    const step = fc.record({ chunk, death: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        for (const name of segments()) rmSync(join(folder, name));
        let worker = open();
        worker.output.mask(automaton);
        for (const { chunk, death } of steps) {
          worker.output.write(STDOUT, bytes(chunk));
          if (!death) continue;
          worker.close();
          worker = open();
          worker.output.mask(automaton);
        }
        worker.output.endStreams();
        worker.connect();
        await worker.output.delivered();
        worker.close();
        const raw = steps.map(({ chunk }) => chunk).join("");
        const [masked, seen] = [worker.kept.bytes.toString(), raw.replace(/(abcabd)+/g, "***")];
        expect(masked).not.toContain(secret);
        // A begin of the secret as long as the shortest that is masked is not written after a death; else all is equal.
        if (!/abca/.test(raw.replaceAll(secret, ""))) expect(masked).toBe(seen);
      }),
      { numRuns: 150 },
    );
  });
});
