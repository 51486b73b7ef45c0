import { execFileSync } from "node:child_process";
import { join } from "node:path";
import type { GitEntry, GitServer } from "../apps/server/test/git-server.ts";

interface Commit {
  readonly message: string;
  readonly date: Date;
  readonly branch?: string;
}

/** Pushes to a repository with a commit of this date: the git server's own are dated alike every time, and ahead. */
export async function pushAt(
  server: GitServer,
  name: string,
  files: Readonly<Record<string, GitEntry>>,
  { message, date, branch = "main" }: Commit,
): Promise<void> {
  await server.push(name, files, { branch });
  const person = { NAME: "Ana", EMAIL: "ana@example.invalid", DATE: date.toISOString() };
  const dated = (role: string) => Object.entries(person).map(([part, value]) => [`GIT_${role}_${part}`, value]);
  const env = { PATH: process.env.PATH ?? "", ...Object.fromEntries([...dated("AUTHOR"), ...dated("COMMITTER")]) };
  const cwd = join(server.folder, `${name}.git`);
  const git = (...args: string[]) => execFileSync("git", args, { cwd, env, encoding: "utf8" }).trim();
  git("update-ref", `refs/heads/${branch}`, git("commit-tree", `${branch}^{tree}`, "-m", message));
}
