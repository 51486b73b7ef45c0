import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { AmeService } from "@tributary/proto/ame/v1/ame_pb";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AmeCli, type Chunk, chunksOf } from "#test/wire/ame-cli/ame-cli.ts";
import { cancelled } from "#test/wire/ame-cli/cli-session.ts";
import { type AppServer, startApp } from "#test/wire/app/app-server.ts";

const { method } = AmeService;

let server: AppServer;
let cli: AmeCli;
let project: string;

beforeEach(async () => {
  server = await startApp();
  cli = new AmeCli(server.url);
  project = await cli.projectPush({ name: "half" }, { "./kept.txt": "as it was" });
});
afterEach(async () => {
  cli.session.cut();
  await server.close();
});

/** What the project has, and what of its objects' folder is not an object that somebody uses. */
async function kept(): Promise<{ readonly files: readonly string[]; readonly unfinished: readonly string[] }> {
  const { store } = server.inside.ports;
  const files = await store.transact((tx, id: string) => tx.projectFiles.list(id), project);
  return {
    files: files.map(({ path, size }) => `${path} ${size}`),
    unfinished: await readdir(join(server.inside.folder, "objects/unfinished")),
  };
}

const content = Buffer.alloc(300_000, "line of a file\n");
const pieces = (path: string) => [...chunksOf(project, path, content, 1_000)];

/** Sends half of a file, and waits until the server has begun to write it down. */
async function half(path: string) {
  const all: Chunk[] = pieces(path);
  const stream = await cli.session.beginUpload(method.uploadProjectFile, all.slice(0, all.length / 2));
  await expect.poll(async () => (await kept()).unfinished.length, { timeout: 15_000 }).toBe(1);
  return stream;
}

const untouched = { files: ["kept.txt 9"], unfinished: [] };

describe("an upload that stops half-way leaves nothing, and can be repeated:", () => {
  it.each([
    ["its stream is taken back", async () => (await half("./big.bin")).close(cancelled)],
    [
      "its process is gone",
      async () => {
        await half("./big.bin");
        cli.session.cut();
      },
    ],
    [
      "its stream ends within a message",
      async () => {
        const stream = await half("./big.bin");
        // The length says a thousand bytes, and three come.
        stream.end(Buffer.from([0, 0, 0, 3, 232, 1, 2, 3]));
      },
    ],
    [
      "it goes on as another file",
      async () => {
        const all = pieces("./big.bin");
        const [other] = chunksOf(project, "./other.bin", "", 1_000);
        await expect(cli.session.upload(method.uploadProjectFile, [...all.slice(0, 150), other!])).rejects.toThrow(
          "changed in the middle",
        );
      },
    ],
  ])("%s", async (_, stop) => {
    await stop();
    await expect.poll(kept, { timeout: 15_000 }).toEqual(untouched);
    const again = new AmeCli(server.url);
    await again.session.upload(method.uploadProjectFile, pieces("./big.bin"));
    again.session.close();
    expect(await kept()).toEqual({ files: ["big.bin 300000", "kept.txt 9"], unfinished: [] });
    expect(server.log.filter(({ level }) => Number(level) >= 50)).toEqual([]);
  });
});

it("a file that is there already stays as it was when its replacement stops half-way", async () => {
  (await half("./kept.txt")).close(cancelled);
  await expect.poll(kept, { timeout: 15_000 }).toEqual(untouched);
});

it("others' uploads go on while one is taken back", async () => {
  const stream = await half("./big.bin");
  const other = cli.session.upload(method.uploadProjectFile, pieces("./other.bin"));
  stream.close(cancelled);
  await other;
  await expect.poll(kept, { timeout: 15_000 }).toEqual({ files: ["kept.txt 9", "other.bin 300000"], unfinished: [] });
});
