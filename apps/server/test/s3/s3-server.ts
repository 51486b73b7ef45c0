import { type ChildProcess, execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdir, readFile, rename, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

const here = import.meta.dirname;

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** A real S3 server of its own process, with an empty bucket; it checks signatures and policies. */
export interface S3Server extends AsyncDisposable {
  readonly endpoint: string;
  readonly bucket: string;
  /** May do everything. */
  readonly may: Credentials;
  /** May read objects and nothing else. */
  readonly mayNot: Credentials;
}

/**
 * The Python that has the server's packages, in an environment that is built once for the same list of them.
 *
 * @returns undefined when it cannot be built here, after a line that says so; with `CI` set that is an error
 */
export async function s3ServerPython(): Promise<string | undefined> {
  const requirements = join(here, "requirements.txt");
  const digest = createHash("sha256")
    .update(await readFile(requirements))
    .digest("hex")
    .slice(0, 16);
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "tributary/test-environments");
  const folder = join(cache, `s3-${digest}`);
  const python = join(folder, "bin/python");
  if (await isThere(python)) return python;
  const making = `${folder}.${process.pid}`;
  try {
    await mkdir(cache, { recursive: true });
    await promisify(execFile)("python3", ["-m", "venv", making], { timeout: 60_000 });
    const pip = [join(making, "bin/python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    await promisify(execFile)(pip[0]!, [...pip.slice(1), "-r", requirements], { timeout: 300_000 });
    await rename(making, folder);
    return python;
  } catch (error) {
    await rm(making, { recursive: true, force: true });
    if (await isThere(python)) return python;
    if (process.env.CI) throw error;
    console.log(
      `· S3 skipped: its server for tests cannot be installed: ${error instanceof Error ? error.message : error}`,
    );
    return undefined;
  }
}

export async function startS3Server(python: string): Promise<S3Server> {
  const child = spawn(python, [join(here, "server.py")], {
    stdio: ["pipe", "pipe", "ignore"],
    env: { PATH: process.env.PATH, HOME: "/nonexistent", PYTHONDONTWRITEBYTECODE: "1" },
  });
  const ended = once(child, "exit");
  const line = await Promise.race([
    once(createInterface({ input: child.stdout }), "line").then(([text]) => String(text)),
    ended.then(([code]) => Promise.reject(new Error(`the S3 server ended with ${code}`))),
  ]);
  return { ...(JSON.parse(line) as Omit<S3Server, symbol>), [Symbol.asyncDispose]: () => end(child, ended) };
}

async function end(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  child.kill("SIGKILL");
  await ended;
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
