import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";

/** Content of a file, or what else git can hold at a path. */
export type GitEntry =
  | string
  | Uint8Array
  | { readonly executable: string }
  | { readonly linkTo: string }
  | { readonly submodule: string };

export interface PushOptions {
  /** `main` unless given; the first one pushed becomes the default. */
  readonly branch?: string;
  readonly message?: string;
  /** Begins the branch anew, as a forced push of an unrelated history does. */
  readonly force?: boolean;
}

export interface GitServer {
  /** Where all repositories are, as bare folders. */
  readonly folder: string;
  /** `http://127.0.0.1:<port>`. */
  readonly origin: string;
  /** Method, path and status of what was answered, oldest first. */
  readonly requests: readonly string[];
  /** The address of a repository, whether there is one or not. */
  url(name: string): string;
  /** Makes a repository without commits. */
  create(name: string): Promise<string>;
  /** Commits these files, and no others, to a repository, which is made if there is none; answers the commit. */
  push(name: string, files: Readonly<Record<string, GitEntry>>, options?: PushOptions): Promise<string>;
  deleteBranch(name: string, branch: string): Promise<void>;
  setDefaultBranch(name: string, branch: string): Promise<void>;
  /** From now on this user and password are asked for; undefined lets everybody in. */
  requireLogin(name: string, login: { readonly username: string; readonly password: string } | undefined): void;
  /** From now on this path answers with a redirect. */
  redirect(path: string, to: string): void;
  /** From now on requests are taken and never answered. */
  stall(): void;
  /** Settles when the first request comes. */
  readonly asked: Promise<void>;
  close(): Promise<void>;
}

type Logins = Map<string, { readonly username: string; readonly password: string }>;

/** A real git server on the loopback interface: `git http-backend` behind node:http. */
export async function startGitServer(): Promise<GitServer> {
  const folder = await mkdtemp(join(tmpdir(), "tributary-git-server-"));
  const logins: Logins = new Map();
  const redirects = new Map<string, string>();
  const requests: string[] = [];
  let stalled = false;
  const asked = Promise.withResolvers<void>();
  const server = createServer((request, response) => {
    asked.resolve();
    response.on("finish", () => requests.push(`${request.method} ${request.url} ${response.statusCode}`));
    if (stalled) return;
    answer(folder, logins, redirects, request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const path = (name: string) => join(folder, `${name}.git`);

  async function create(name: string): Promise<string> {
    await git(folder, ["init", "--quiet", "--bare", "--initial-branch=main", path(name)]);
    return `${origin}/${name}.git`;
  }

  return {
    folder,
    origin,
    requests,
    asked: asked.promise,
    url: (name) => `${origin}/${name}.git`,
    create,
    async push(name, files, options = {}) {
      const isNew = !(await git(path(name), ["rev-parse", "--git-dir"]).then(
        () => true,
        () => false,
      ));
      if (isNew) await create(name);
      const branch = `refs/heads/${options.branch ?? "main"}`;
      await git(
        path(name),
        ["fast-import", "--quiet", "--force"],
        await importStream(path(name), branch, files, options),
      );
      if (isNew) await git(path(name), ["symbolic-ref", "HEAD", branch]);
      return (await git(path(name), ["rev-parse", branch])).trim();
    },
    deleteBranch: async (name, branch) => void (await git(path(name), ["update-ref", "-d", `refs/heads/${branch}`])),
    setDefaultBranch: async (name, branch) =>
      void (await git(path(name), ["symbolic-ref", "HEAD", `refs/heads/${branch}`])),
    requireLogin(name, login) {
      if (login) logins.set(name, login);
      else logins.delete(name);
    },
    redirect: (from, to) => void redirects.set(from, to),
    stall() {
      stalled = true;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const environment = {
  PATH: process.env.PATH ?? "",
  HOME: "/nonexistent",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
};

async function git(cwd: string, args: readonly string[], input: Uint8Array = Buffer.alloc(0)): Promise<string> {
  const child = spawn("git", args, { cwd, env: environment, stdio: ["pipe", "pipe", "pipe"] });
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  if (code !== 0) throw new Error(`git ${args.join(" ")}: ${err}`);
  return out;
}

let commits = 0;

/** Input of `git fast-import`: one commit with these files. */
async function importStream(
  path: string,
  branch: string,
  files: Readonly<Record<string, GitEntry>>,
  { message = "A commit", force = false }: PushOptions,
): Promise<Buffer> {
  const parent = force ? "" : await git(path, ["rev-parse", "--verify", "--quiet", branch]).catch(() => "");
  const parts: (string | Uint8Array)[] = [];
  const blob = (content: string | Uint8Array) => {
    const bytes = Buffer.from(content);
    parts.push(`data ${bytes.length}\n`, bytes, "\n");
  };
  parts.push(`commit ${branch}\ncommitter Test <test@example.invalid> ${1_800_000_000 + commits++} +0000\n`);
  blob(message);
  if (parent !== "") parts.push(`from ${parent.trim()}\n`);
  parts.push("deleteall\n");
  for (const [name, entry] of Object.entries(files)) {
    if (typeof entry === "string" || entry instanceof Uint8Array) {
      parts.push(`M 100644 inline ${name}\n`);
      blob(entry);
    } else if ("executable" in entry) {
      parts.push(`M 100755 inline ${name}\n`);
      blob(entry.executable);
    } else if ("linkTo" in entry) {
      parts.push(`M 120000 inline ${name}\n`);
      blob(entry.linkTo);
    } else parts.push(`M 160000 ${entry.submodule} ${name}\n`);
  }
  return Buffer.concat(parts.map((part) => Buffer.from(part)));
}

async function answer(
  folder: string,
  logins: Logins,
  redirects: ReadonlyMap<string, string>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname, search } = new URL(request.url ?? "/", "http://127.0.0.1");
  const to = redirects.get(pathname);
  if (to !== undefined) {
    response.writeHead(302, { location: `${to}${search}` }).end();
    return;
  }
  const login = logins.get(/^\/(.+?)\.git\//.exec(pathname)?.[1] ?? "");
  if (login && request.headers.authorization !== basic(login)) {
    response.writeHead(401, { "www-authenticate": 'Basic realm="git"' }).end("Unauthorized\n");
    return;
  }
  await runBackend(folder, pathname, search, request, response);
}

function basic({ username, password }: { readonly username: string; readonly password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

/** Runs `git http-backend` as a CGI program. */
async function runBackend(
  folder: string,
  pathname: string,
  search: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { headers } = request;
  const child = spawn("git", ["http-backend"], {
    stdio: ["pipe", "pipe", "inherit"],
    env: {
      ...environment,
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: "1",
      REQUEST_METHOD: request.method ?? "GET",
      PATH_INFO: decodeURIComponent(pathname),
      QUERY_STRING: search.slice(1),
      CONTENT_TYPE: headers["content-type"] ?? "",
      HTTP_CONTENT_ENCODING: String(headers["content-encoding"] ?? ""),
      GIT_PROTOCOL: String(headers["git-protocol"] ?? ""),
      REMOTE_ADDR: "127.0.0.1",
    },
  });
  pipeline(request, child.stdin).catch(() => {});
  await passOn(child.stdout, response);
}

/** A CGI answer: headers, an empty line, the body. */
async function passOn(output: AsyncIterable<Buffer>, response: ServerResponse): Promise<void> {
  let head: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of output) {
    if (!head) {
      if (!response.write(chunk)) await once(response, "drain");
      continue;
    }
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf("\r\n\r\n");
    if (end < 0) continue;
    const fields = head
      .toString("latin1", 0, end)
      .split("\r\n")
      .map((line) => line.split(": ") as [string, string]);
    const status = fields.find(([name]) => name.toLowerCase() === "status")?.[1];
    for (const [name, value] of fields) if (name.toLowerCase() !== "status") response.setHeader(name, value);
    response.writeHead(status === undefined ? 200 : Number.parseInt(status, 10));
    response.write(head.subarray(end + 4));
    head = undefined;
  }
  response.end();
}
