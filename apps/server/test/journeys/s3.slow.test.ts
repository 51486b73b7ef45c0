import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { CheckStatus, SystemService } from "@tributary/proto/tributary/v1/system_pb";
import { TaskService, TaskState } from "@tributary/proto/tributary/v1/tasks_pb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ServerProcess } from "#test/server-process.ts";
import { storeKind } from "#test/store-place.ts";
import { type S3Server, s3ServerPython, startS3Server } from "../s3/s3-server.ts";

const python = await s3ServerPython();

describe.skipIf(python === undefined)("a server that keeps its files in S3", () => {
  let s3: S3Server;
  beforeAll(async () => {
    s3 = await startS3Server(python!);
  }, 400_000);
  afterAll(() => s3[Symbol.asyncDispose]());

  const environment = (path: string, secretAccessKey = s3.may.secretAccessKey) => ({
    TRIBUTARY_OBJECTS_URL: `s3://${s3.bucket}${path}?endpoint=${s3.endpoint}`,
    TRIBUTARY_OBJECTS_ACCESS_KEY_ID: s3.may.accessKeyId,
    TRIBUTARY_OBJECTS_SECRET_ACCESS_KEY: secretAccessKey,
  });

  it("keeps what a task leaves there, and says that it is well", async () => {
    const server = await ServerProcess.start({ environment: { ...environment("/team"), TRIBUTARY_EXAMPLE: "on" } });
    try {
      const transport = createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" });
      const tasks = createClient(TaskService, transport);
      const system = createClient(SystemService, transport);
      for (;;) {
        const [task] = (await tasks.listTasks({})).tasks;
        if (task?.state === TaskState.FAILED) throw new Error(task.reason?.message);
        if (task?.state === TaskState.SUCCEEDED) break;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      const [{ id } = { id: 0 }] = (await tasks.listTasks({})).tasks;
      const { artifacts } = await tasks.getTask({ id });
      expect(artifacts.length).toBeGreaterThan(0);
      for (const { attempt, path, sizeBytes } of artifacts) {
        let size = 0;
        for await (const { content } of tasks.downloadArtifact({ taskId: id, attempt, path })) size += content.length;
        expect(BigInt(size), path).toBe(sizeBytes);
      }
      const storage = await system.getStorage({});
      expect(storage.objectsPlace).toBe(`s3://${s3.bucket}/team at ${s3.endpoint}`);
      expect(storage.kinds.find(({ kind }) => kind === "objects")?.count).toBeGreaterThan(0n);
      const { checks } = await system.runChecks({});
      expect(checks.find(({ name }) => name === "object-store")).toMatchObject({ status: CheckStatus.OK });
    } finally {
      await server.destroy();
    }
  }, 120_000);

  // Backups of a database server are its own tools' part.
  if (storeKind() === "sqlite") {
    it("names them in a backup, and does not copy them", async () => {
      const server = await ServerProcess.start({ environment: environment("/backed-up") });
      try {
        const system = createClient(SystemService, createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" }));
        const backup = (await Array.fromAsync(system.createBackup({}))).at(-1)?.backup;
        expect(backup?.hasObjects).toBe(false);
      } finally {
        await server.destroy();
      }
    }, 60_000);
  }

  it("does not start with credentials that are refused, or without its bucket, and says why", async () => {
    const wrong = ServerProcess.start({ environment: environment("/team", "x".repeat(40)) });
    await expect(wrong).rejects.toThrow(/ended with 1:\n.*s3:\/\/tributary\/team .*refuses the credentials/);
    const elsewhere = { ...environment(""), TRIBUTARY_OBJECTS_URL: `s3://elsewhere?endpoint=${s3.endpoint}` };
    await expect(ServerProcess.start({ environment: elsewhere })).rejects.toThrow(
      /ended with 1:\n.*there is no bucket at s3:\/\/elsewhere/,
    );
  }, 60_000);
});
