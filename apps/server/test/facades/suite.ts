import { type Code, ConnectError } from "@connectrpc/connect";
import { afterAll, afterEach, beforeAll, describe, expect } from "vitest";
import { type InProcess, openInProcess } from "#test/in-process.ts";

/** The server of the suite that runs now. */
export let server: InProcess;

/** A `describe` with one in-process server for its tests, none of which may cause a fault. */
export function rpc(name: string, tests: () => void): void {
  describe(name, () => {
    beforeAll(async () => {
      server = await openInProcess();
    });
    afterAll(() => server.close());
    afterEach(() => expect(server.faults).toEqual([]));
    tests();
  });
}

/** Code and text of a refusal. Fails when the call succeeds. */
export async function refusal(call: Promise<unknown>): Promise<{ code: Code; message: string }> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => ConnectError.from(thrown),
  );
  if (!error) throw new Error("the call was not refused");
  return { code: error.code, message: error.rawMessage };
}

/** One task of each project that {@link newProject} makes. */
export const hello = {
  name: "hello",
  executor: { case: "custom" as const, value: { pythonVersion: "3", command: "echo hi" } },
};

export const bytes = (text: string) => new TextEncoder().encode(text);
