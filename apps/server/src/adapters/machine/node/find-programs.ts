import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Machine } from "#core/ports/machine.ts";

const programs = ["git", "python3", "uv"] as const;

/** Asks each program for its version; one that does not answer within five seconds counts as not found. */
export function findPrograms(
  environment: Readonly<Record<string, string | undefined>>,
): ReturnType<Machine["programs"]> {
  return Promise.all(
    programs.map(async (name) => {
      try {
        const { stdout, stderr } = await promisify(execFile)(name, ["--version"], {
          env: environment,
          timeout: 5_000,
        });
        const version = /\d+(\.\d+)+\S*/.exec(stdout || stderr)?.[0];
        return { name, version: version ?? "unknown" };
      } catch {
        return { name };
      }
    }),
  );
}
