import { createHash } from "node:crypto";
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create } from "@bufbuild/protobuf";
import { AttemptRefSchema, type StoreArtifactRequest } from "@tributary/proto/tributary/v1/dispatch_pb";
import { afterEach, beforeEach, expect, test } from "vitest";
import { keepArtifacts } from "../src/artifacts.ts";
import type { DispatchClient } from "../src/connection.ts";

const attempt = create(AttemptRefSchema, { taskId: 1, number: 1 });
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tributary-artifacts-"));
  writeFileSync(join(folder, "model"), Buffer.alloc(1 << 20, 7));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Keeps `model` on a server that calls `meanwhile` while it receives, and answers with the hash that `tell` makes. */
async function keep(meanwhile: (time: number) => void, tell = (sha256: string) => sha256) {
  const received: string[] = [];
  const storeArtifact = async (parts: AsyncIterable<StoreArtifactRequest>) => {
    const hash = createHash("sha256");
    let pieces = 0;
    for await (const { part } of parts) {
      if (part.case === "content" && pieces++ === 0) meanwhile(received.length);
      if (part.case === "content") hash.update(part.value);
    }
    received.push(hash.digest("hex"));
    return { sha256: tell(received.at(-1) ?? ""), sizeBytes: 0n };
  };
  // Only this of a client is called.
  const client = { storeArtifact } as Partial<DispatchClient> as DispatchClient;
  const uplink = { workerId: "w", call: <T>(make: (given: DispatchClient) => Promise<T>) => make(client) };
  const wish = {
    folder,
    saveChangedFiles: false,
    paths: ["model"],
    inputs: new Map(),
    say: () => undefined,
    masked: (text: string) => text,
  };
  await keepArtifacts(uplink, attempt, wish, AbortSignal.timeout(10_000));
  return received;
}

test("a file that changes while it is sent is sent again, as it is then", async () => {
  const received = await keep((time) => time === 0 && appendFileSync(join(folder, "model"), "more"));
  expect(received).toHaveLength(2);
  const whole = Buffer.concat([Buffer.alloc(1 << 20, 7), Buffer.from("more")]);
  expect(received[1]).toBe(createHash("sha256").update(whole).digest("hex"));
});

test("one that never stands still is told as such", async () => {
  const always = keep(() => appendFileSync(join(folder, "model"), "more"));
  await expect(always).rejects.toMatchObject({ code: "artifact-changed", message: expect.stringContaining('"model"') });
});

test("a server that has other bytes than were read has not kept the file", async () => {
  const lying = keep(
    () => undefined,
    () => "0".repeat(64),
  );
  await expect(lying).rejects.toMatchObject({ code: "artifact-refused", system: true });
});
