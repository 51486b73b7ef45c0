import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Machine } from "#core/ports/machine.ts";

const programs = [
  { name: "git", argv: ["git", "--version"] },
  { name: "python3", argv: ["python3", "--version"] },
  // Debian and Ubuntu have them in a package of their own.
  {
    name: "venv",
    argv: ["python3", "-I", "-c", "import venv, ensurepip, platform; print(platform.python_version())"],
  },
  { name: "uv", argv: ["uv", "--version"] },
] as const;

/** Asks each program for its version; one that does not answer within five seconds counts as not found. */
export function findPrograms(
  environment: Readonly<Record<string, string | undefined>>,
): ReturnType<Machine["programs"]> {
  return Promise.all(
    programs.map(async ({ name, argv: [program, ...args] }) => {
      try {
        const { stdout, stderr } = await promisify(execFile)(program, args, {
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
