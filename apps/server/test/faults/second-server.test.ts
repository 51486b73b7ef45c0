import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { TaskQueue } from "@tributary/proto/taskqueue/taskqueue_pb";
import { expect, test } from "vitest";
import { ServerProcess } from "#test/server-process.ts";
import { readStore } from "./rounds/evidence.ts";

const program = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

test("a second server on one data folder ends with a reason, and the first goes on unharmed", async () => {
  const server = await ServerProcess.start();
  try {
    const queue = createClient(TaskQueue, createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" }));
    const { taskId } = await queue.submitTask({ command: "true" });
    for (let n = 0; n < 2; n++) {
      const second = spawn(process.execPath, [program], {
        env: { PATH: process.env.PATH, TRIBUTARY_PORT: "0", TRIBUTARY_DATA: server.dataFolder },
        stdio: ["ignore", "ignore", "pipe"],
      });
      const [said, [code]] = await Promise.all([text(second.stderr), once(second, "exit")]);
      expect(code).toBe(1);
      expect(said).toMatch(new RegExp(`process ${server.pid}\\).*${server.dataFolder}`));
      expect(said).not.toContain("    at ");
    }
    const { taskId: next } = await queue.submitTask({ command: "true" });
    expect(next).toBe(taskId + 1);
    expect(readStore(join(server.dataFolder, "tributary.db"))).toMatchObject({
      integrity: "ok",
      tasks: [{ id: taskId }, { id: next }],
    });
  } finally {
    await server.destroy();
  }
}, 60_000);
