import { createHash, randomBytes } from "node:crypto";
import { readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { AmeService } from "@tributary/proto/ame/v1/ame_pb";
import { LogService } from "@tributary/proto/tributary/v1/logs_pb";
import { SecretService } from "@tributary/proto/tributary/v1/secrets_pb";
import { TaskService } from "@tributary/proto/tributary/v1/tasks_pb";
import { describe, expect, it } from "vitest";
import { ServerProcess } from "#test/server-process.ts";

const to = (server: ServerProcess) => createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" });
const secretsOf = (server: ServerProcess) => createClient(SecretService, to(server));
const ringOf = async (server: ServerProcess) => (await secretsOf(server).getKeyRing({})).keyRing!;
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const newKey = () => randomBytes(32).toString("base64");

/** SHA-256 of secrets as a task is given them. */
async function hashesOf(server: ServerProcess, keys: readonly string[]): Promise<readonly string[]> {
  const project = await createClient(AmeService, to(server)).createProject({
    cfg: {
      name: "hashes",
      tasks: [
        {
          name: "t",
          executor: {
            case: "custom",
            value: { pythonVersion: "3", command: 'for n in $NAMES; do printf %s "$(printenv $n)" | sha256sum; done' },
          },
          env: [{ key: "NAMES", val: keys.map((_, index) => `SECRET_${index}`).join(" ") }],
          secrets: keys.map((key, index) => ({
            variant: { case: "ame", value: { key, injectAs: `SECRET_${index}` } },
          })),
        },
      ],
    },
  });
  const { task } = await createClient(TaskService, to(server)).runTask({ projectId: project.name, taskName: "t" });
  let log = "";
  for await (const { chunks } of createClient(LogService, to(server)).followLog({ taskId: task!.id })) {
    for (const { content } of chunks) log += new TextDecoder().decode(content);
  }
  return log.match(/^[0-9a-f]{64}/gm) ?? [];
}

/** How many values are sealed under each key, as a killed server left them. */
async function usesOf({ rows }: ServerProcess): Promise<ReadonlyMap<string, number>> {
  const found = await rows.query(
    "select key_id, count(*) as count from secret_versions where sealed is not null group by key_id",
  );
  return new Map(found.map(({ key_id, count }) => [String(key_id), Number(count)]));
}

describe("a rotation of the master key", { timeout: 180_000 }, () => {
  it("goes on after kill -9 in its middle, while secrets are replaced and tasks read them; then the old key can go", async () => {
    const [old, next] = [newKey(), newKey()];
    let server = await ServerProcess.start({ environment: { TRIBUTARY_MASTER_KEY: `${old}\n${next}` } });
    try {
      const count = 2_000;
      const values = new Map<string, string>();
      const client = secretsOf(server);
      for (let first = 0; first < count; first += 50) {
        const keys = Array.from({ length: 50 }, (_, index) => `s${first + index}`);
        await Promise.all(keys.map((key) => client.createSecret({ key, value: `first value of ${key}` })));
        for (const key of keys) values.set(key, `first value of ${key}`);
      }
      const before = await ringOf(server);
      expect(before.keys.map(({ current, valueCount }) => [current, valueCount])).toEqual([
        [true, count],
        [false, 0],
      ]);
      const [oldId, nextId] = before.keys.map(({ id }) => id);
      const under = async (n: number) => {
        const key = `s${n}`;
        // Either value may be there when the answer is cut off.
        await client.replaceSecret({ key, value: `second value of ${key}` }).then(
          () => values.set(key, `second value of ${key}`),
          () => values.delete(key),
        );
      };
      const load = Array.from({ length: 40 }, (_, index) => under(index * 37));
      expect((await client.rotateMasterKey({})).keyRing?.keys[0]).toMatchObject({ id: nextId, current: true });
      load.push(...Array.from({ length: 40 }, (_, index) => under(index * 37 + 5)));
      await server.kill();
      await Promise.all(load);
      const cut = await usesOf(server);
      expect(cut.get(oldId!), "the kill came too late to be in the middle").toBeGreaterThan(0);

      // Without the old key it must not start, whatever is left under it.
      const { dataFolder } = server;
      const start = (...keys: readonly string[]) =>
        ServerProcess.start({ dataFolder, environment: { TRIBUTARY_MASTER_KEY: keys.join(",") } });
      await expect(start(next)).rejects.toThrow(
        new RegExp(
          `sealed under the master key ${oldId} \\(\\d+ values?\\), and TRIBUTARY_MASTER_KEY does not have it`,
        ),
      );
      server = await start(next, old);
      while ((await ringOf(server)).leftCount > 0) await new Promise((resolve) => setTimeout(resolve, 20));
      expect((await ringOf(server)).keys).toMatchObject([
        { id: nextId, valueCount: count },
        { id: oldId, valueCount: 0 },
      ]);
      await server.end();
      server = await start(next);
      const known = [...values].filter(([key]) => Number(key.slice(1)) < 1_500);
      const sample = known
        .filter((_, index) => index % 30 === 0 || known[index]?.[1].startsWith("second"))
        .slice(0, 90);
      expect(
        await hashesOf(
          server,
          sample.map(([key]) => key),
        ),
      ).toEqual(sample.map(([, value]) => sha256(value)));
    } finally {
      await server.destroy();
    }
  });
});

describe("a server without a master key that it needs", { timeout: 120_000 }, () => {
  it("does not start, names the key and where it was looked for, and makes no other in its place", async () => {
    let server = await ServerProcess.start();
    try {
      const { dataFolder } = server;
      const file = join(dataFolder, "master.key");
      await secretsOf(server).createSecret({ key: "token", value: "precious-value" });
      const id = (await ringOf(server)).keys[0]!.id;
      await server.end();
      await rename(file, `${file}.away`);
      const refused = await ServerProcess.start({ dataFolder }).then(
        () => "it started",
        (error: Error) => error.message,
      );
      expect(refused).toContain(
        `sealed under the master key ${id} (1 value), and the key file ${file} does not have it`,
      );
      expect(refused).not.toContain("    at ");
      expect(await readdir(dataFolder)).not.toContain("master.key");
      await writeFile(file, `${newKey()}\n`);
      await expect(ServerProcess.start({ dataFolder })).rejects.toThrow(id);
      await writeFile(file, `${newKey()}\n${await readFile(`${file}.away`, "utf8")}`);
      server = await ServerProcess.start({ dataFolder });
      expect((await ringOf(server)).keys[0]).toMatchObject({ id, current: true, valueCount: 1 });
      expect(await hashesOf(server, ["token"])).toEqual([sha256("precious-value")]);
      // One more rotation: the key that was added serves, and then nothing needs the first.
      await secretsOf(server).rotateMasterKey({});
      while ((await ringOf(server)).leftCount > 0) await new Promise((resolve) => setTimeout(resolve, 20));
      expect((await secretsOf(server).dropMasterKey({ keyId: id })).keyRing?.keys).toHaveLength(1);
      expect(await hashesOf(server, ["token"])).toEqual([sha256("precious-value")]);
    } finally {
      await server.destroy();
    }
  });
});
