import { buildAutomaton } from "../../apps/worker/src/masking/automaton.ts";
import { Masker } from "../../apps/worker/src/masking/masker.ts";
import { secretPatterns } from "../../apps/worker/src/masking/secret-patterns.ts";
import type { Workload } from "../harness/workload.ts";

const secrets = Array.from({ length: 20 }, (_, index) => `secret-value-${index}-${"x".repeat(index)}`);
const line = "2026-01-01T00:00:00Z INFO some ordinary line of a program's log, number 12345\n";
const chunk = Buffer.from(line.repeat(800));
const milliseconds = 2_000;

/** Megabytes a second that `read` takes. */
function rateOf(read: (bytes: Buffer) => unknown): number {
  for (let n = 0; n < 100; n++) read(chunk);
  let bytes = 0;
  const started = performance.now();
  while (performance.now() - started < milliseconds) {
    read(chunk);
    bytes += chunk.length;
  }
  return bytes / 1_000 / (performance.now() - started);
}

/** Looks for the same patterns in each chunk for itself: it misses what is cut, and takes a run's output for text. */
function regularExpression(patterns: readonly Uint8Array[]): (bytes: Buffer) => string {
  const escaped = patterns.map((pattern) => RegExp.escape(Buffer.from(pattern).toString("latin1")));
  const any = new RegExp(escaped.join("|"), "g");
  return (bytes) => bytes.toString("latin1").replace(any, "***");
}

export const maskedOutput: Workload = {
  name: "W14",
  about: "a run's output, read for 20 secrets in each of their spellings",
  async run({ say, repeats }) {
    say("W14: masking");
    const patterns = secretPatterns(secrets);
    const masker = new Masker(buildAutomaton(patterns));
    const replace = regularExpression(patterns);
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let n = 0; n < repeats; n++) {
      ours.push(rateOf((bytes) => masker.push(bytes)));
      theirs.push(rateOf(replace));
    }
    return [
      {
        workload: "W14",
        what: "output read for secrets",
        value: Math.max(...ours),
        unit: "MB/s",
        beside: [
          { name: "a regular expression of all spellings, chunk by chunk", value: Math.max(...theirs), share: 0.2 },
        ],
      },
    ];
  },
};
