import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create } from "@bufbuild/protobuf";
import { createClient, createRouterTransport } from "@connectrpc/connect";
import { AttemptRefSchema, DispatchService } from "@tributary/proto/tributary/v1/dispatch_pb";
import { LogStream } from "@tributary/proto/tributary/v1/logs_pb";
import fc from "fast-check";
import { expect, test } from "vitest";
import { buildAutomaton } from "../../src/masking/automaton.ts";
import { secretPatterns } from "../../src/masking/secret-patterns.ts";
import { AttemptOutput } from "../../src/output/attempt-output.ts";
import { UnsentBudget } from "../../src/output/unsent-budget.ts";
import { Uplink } from "../../src/uplink.ts";

const BORDER = 65_536;

/** What the server gets of chunks that are read from one pipe. */
async function sentOf(chunks: readonly Buffer[], secret: string): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), "tributary-borders-"));
  const over = new AbortController();
  let sent = Buffer.alloc(0);
  const transport = createRouterTransport((router) =>
    router.service(DispatchService, {
      appendLog: ({ pieces }) => {
        sent = Buffer.concat([sent, ...pieces.map(({ content }) => content)]);
        return { keptBytes: BigInt(sent.length) };
      },
    }),
  );
  const uplink = new Uplink("w");
  uplink.up(createClient(DispatchService, transport), over.signal);
  const nothing = () => undefined;
  const output = new AttemptOutput({
    uplink,
    attempt: create(AttemptRefSchema, { taskId: 1, number: 1 }),
    signal: over.signal,
    folder,
    budget: new UnsentBudget(),
    shift: 0,
    onShift: nothing,
    onRefused: nothing,
    onUndeliverable: nothing,
    onSpoolFailed: nothing,
    onPressure: nothing,
  });
  try {
    output.mask(buildAutomaton(secretPatterns([secret])));
    for (const chunk of chunks) output.write(LogStream.STDOUT, chunk);
    output.endStreams();
    await output.delivered();
    return sent;
  } finally {
    over.abort();
    output.close();
    rmSync(folder, { recursive: true });
  }
}

const secrets = fc.oneof(
  fc.string({ unit: fc.constantFrom(..."abcABC012+/=%&<>'\"\\ é€🙂"), minLength: 8, maxLength: 40 }),
  fc
    .array(fc.string({ unit: fc.constantFrom(..."xyzXYZ789-_"), minLength: 8, maxLength: 24 }), {
      minLength: 2,
      maxLength: 4,
    })
    .map((lines) => lines.join("\n")),
);

/** Without a last character that has bits of what follows. */
function ownBase64(secret: string, alphabet: "base64" | "base64url"): string {
  const bytes = Buffer.from(secret);
  return bytes.toString(alphabet).slice(0, Math.floor((bytes.length * 8) / 6));
}

const encodings: Readonly<Record<string, (secret: string) => string>> = {
  plain: (secret) => secret,
  base64: (secret) => ownBase64(secret, "base64"),
  base64url: (secret) => ownBase64(secret, "base64url"),
  url: (secret) => encodeURIComponent(secret),
  json: (secret) => JSON.stringify(secret).slice(1, -1),
  hex: (secret) => Buffer.from(secret).toString("hex"),
};

// Letters that no secret and no encoding of one begins or ends with, so that what surrounds it stays what it is.
const filler = "~";

function expectExactly(sent: Buffer, expected: Buffer): void {
  const short = (bytes: Buffer) => bytes.toString("latin1").replace(/[~\n]{50,}/g, ({ length }) => `[${length}]`);
  expect(short(sent)).toBe(short(expected));
  expect(sent.equals(expected)).toBe(true);
}

test.each(Object.keys(encodings))(
  "a secret at any place around a border of 64 KiB, read in any pieces, as %s, is masked, and all else is exact",
  async (name) => {
    const encode = encodings[name]!;
    await fc.assert(
      fc.asyncProperty(
        secrets.filter((secret) => secret.trim() === secret && encode(secret).length >= 8),
        fc.nat(200),
        fc.array(fc.integer({ min: -120, max: 120 }), { maxLength: 4 }),
        fc.boolean(),
        async (secret, before, cuts, inLines) => {
          const form = Buffer.from(encode(secret));
          const head = Buffer.alloc(BORDER - (before % (form.length + 1)), inLines ? `${filler.repeat(79)}\n` : filler);
          const tail = Buffer.from(`${filler.repeat(100)}\n`);
          const input = Buffer.concat([head, form, tail]);
          const at = [...new Set([0, BORDER, ...cuts.map((cut) => BORDER + cut), input.length])].sort((a, b) => a - b);
          const chunks = at.slice(1).map((end, index) => input.subarray(at[index], Math.min(end, input.length)));
          const sent = await sentOf(chunks, secret);
          expectExactly(sent, Buffer.concat([head, Buffer.from("***"), tail]));
        },
      ),
      { numRuns: 60 },
    );
  },
  60_000,
);

test("a secret cut at every one of its bytes by a border of 64 KiB is masked in every encoding", async () => {
  const secret = `p@ss/wörd "4" <you+me> & 'them'`;
  for (const encode of Object.values(encodings)) {
    const form = Buffer.from(encode(secret));
    for (let cut = 0; cut <= form.length; cut++) {
      const input = Buffer.concat([Buffer.alloc(BORDER - cut, filler), form, Buffer.from(`${filler}\n`)]);
      const sent = await sentOf([input.subarray(0, BORDER), input.subarray(BORDER)], secret);
      expectExactly(sent, Buffer.from(`${filler.repeat(BORDER - cut)}***${filler}\n`));
    }
  }
}, 120_000);
