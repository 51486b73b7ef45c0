import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { folderFileSource } from "#adapters/file-source/folder/index.ts";
import { httpFileSource } from "#adapters/file-source/http/index.ts";
import { RefusedError } from "#core/errors.ts";
import type { FileSource } from "#core/ports/file-source.ts";

const signal = new AbortController().signal;
const large = Buffer.alloc(3_000_000, "x");

async function read(source: FileSource, id: string): Promise<Buffer | undefined> {
  const bytes = await source.open(id, signal);
  return bytes && Buffer.concat(await Array.fromAsync(bytes));
}

async function failure(source: FileSource, id: string): Promise<RefusedError> {
  const error = await read(source, id).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof RefusedError)) throw new Error(`not refused: ${error}`);
  return error;
}

describe("a folder of files", () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "tributary-files-"));
    await writeFile(join(folder, "empty"), "");
    await writeFile(join(folder, "large"), large);
    await mkdir(join(folder, "directory"));
    await symlink("/etc/passwd", join(folder, "link"));
    execFileSync("mkfifo", [join(folder, "pipe")]);
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("has files by their names, and knows of no others", async () => {
    const source = folderFileSource({ folder });
    expect(await read(source, "large")).toEqual(large);
    expect(await read(source, "empty")).toEqual(Buffer.alloc(0));
    expect(await read(source, "none")).toBeUndefined();
  });

  it.each(["directory", "link", "pipe"])("does not take a %s for a file, and does not wait for it", async (name) => {
    expect(await failure(folderFileSource({ folder }), name)).toMatchObject({ refusal: "unavailable" });
  });
});

describe("a data manager over HTTP", () => {
  let server: Server;
  let source: FileSource;
  const random = randomBytes(3_000_000);
  const asked: number[] = [];
  let version = 0;

  /** A million bytes at a time, then the connection breaks. */
  function serveTorn(id: string, { range, "if-range": known }: IncomingHttpHeaders, response: ServerResponse): void {
    const tag = `"v${id === "renewed" ? version++ : 0}"`;
    const from = known === tag ? Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? 0) : 0;
    asked.push(from);
    const rest = random.subarray(from);
    const place = from > 0 ? { "content-range": `bytes ${from}-${random.length - 1}/${random.length}` } : {};
    response.writeHead(from > 0 ? 206 : 200, { etag: tag, "content-length": rest.length, ...place });
    if (rest.length <= 1_000_000) response.end(rest);
    else response.write(rest.subarray(0, 1_000_000), () => setTimeout(() => response.destroy(), 50));
  }

  beforeAll(async () => {
    server = createServer((request, response) => {
      const id = /^\/dm\/files\/([^/]+)\/data$/.exec(request.url ?? "")?.[1];
      const login = Buffer.from("user:hid den").toString("base64");
      if (request.headers.authorization !== `Basic ${login}`) response.writeHead(401).end();
      else if (id === "large") response.end(large);
      else if (id === "cut")
        response.writeHead(200, { "content-length": "100" }).write("half", () => response.destroy());
      else if (id === "torn" || id === "renewed") serveTorn(id, request.headers, response);
      else if (id === "broken") response.writeHead(503).end();
      else response.writeHead(404).end();
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    source = httpFileSource({ address: `http://user:hid%20den@127.0.0.1:${address.port}/dm` });
  });
  afterAll(() => server.close());

  it("has files by id, and knows of no others", async () => {
    expect(await read(source, "large")).toEqual(large);
    expect(await read(source, "none")).toBeUndefined();
  });

  it("goes on where a file broke off, as often as that happens, unless it is another by then", async () => {
    asked.length = 0;
    expect((await read(source, "torn"))?.equals(random)).toBe(true);
    expect(asked.length).toBeGreaterThan(2);
    expect(asked).toEqual(asked.toSorted((a, b) => a - b));
    expect(new Set(asked).size).toBe(asked.length);
    const { refusal, message } = await failure(source, "renewed");
    expect(refusal).toBe("unavailable");
    expect(message).toMatch(/^it broke off after \d+ bytes, and the rest was answered with status 200$/);
  });

  it("says when it cannot be asked, when it fails, and when an answer breaks off; and never tells a password", async () => {
    expect((await failure(source, "broken")).message).toBe("it answered with status 503");
    expect((await failure(source, "cut")).refusal).toBe("unavailable");
    expect((await failure(httpFileSource({ address: "http://127.0.0.1:1" }), "x")).message).toMatch(/refused|bad port/);
    expect(source.place).not.toMatch(/user|hid/);
  });
});
