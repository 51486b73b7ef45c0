import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { LogService } from "@tributary/proto/tributary/v1/logs_pb";
import { TaskService } from "@tributary/proto/tributary/v1/tasks_pb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type NativeClient, nativeClient } from "#test/journeys/native-client.ts";
import { ServerProcess } from "#test/server-process.ts";

let folder: string;
let server: ServerProcess;
let agent: NativeClient;

const start = async (dataFolder?: string) => {
  server = await ServerProcess.start({
    ...(dataFolder && { dataFolder }),
    environment: { TRIBUTARY_AGENT_SOURCES: folder, TRIBUTARY_AGENT_JOBS: "1" },
  });
  agent = nativeClient(server.url, "agent/agent/AgentService.proto", "Agent");
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tributary-agent-"));
  await mkdir(folder, { recursive: true });
  await start();
});
afterAll(async () => {
  agent.close();
  await server.destroy();
  await rm(folder, { recursive: true });
});

const id = (uuid: string) => ({ uuid });

function runJob(job: string, files: readonly string[] = [], python?: string) {
  const requirements = python === undefined ? [] : [{ python_version: python }];
  return agent.unaryWithTrailers("runJob", { job: id(job), files: files.map(id), requirements });
}

/** Polls as a client would, until the job has ended; answers every code on the way, without repeats. */
async function untilDone(job: string) {
  const codes: unknown[] = [];
  for (;;) {
    const { answer, trailers } = await runJob(job);
    if (codes.at(-1) !== answer.code) codes.push(answer.code);
    if (answer.code === "DONE" || answer.code === 2) return { codes, trailers };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function logOf(name: string): Promise<string> {
  const transport = createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" });
  const { tasks } = await createClient(TaskService, transport).listTasks({ filter: { text: name } });
  let text = "";
  for await (const { chunks } of createClient(LogService, transport).followLog({ taskId: tasks[0]!.id })) {
    for (const { content } of chunks) text += new TextDecoder().decode(content);
  }
  return text;
}

describe("a job of the Agent", () => {
  it("is staged, run and polled by a native client, with files from a folder and from an upload", async () => {
    const script = "#!/bin/sh\ncat data-1\nls -l | cut -c1-10\ntouch result\n";
    const name = createHash("sha1").update(script).digest("hex");
    await writeFile(join(folder, name), script);
    const put = await fetch(`${server.url}/agent/files/data-1`, { method: "PUT", body: "from an upload\n" });
    expect([put.status, await put.json()]).toMatchObject([201, { id: "data-1", sizeBytes: 15 }]);
    const { answer } = await agent.unaryWithTrailers("stageInFiles", {
      job: id("first"),
      files: [name, "data-1"].map(id),
    });
    expect(answer).toEqual({ success_files: [{ file: id(name) }, { file: id("data-1") }] });
    await runJob("first", [name, "data-1"]);
    const { codes, trailers } = await untilDone("first");
    expect(trailers).toMatchObject({ "job-state": ["SUCCEEDED"], "job-exit-code": ["0"] });
    expect(codes.at(-1)).toBe("DONE");
    const log = await logOf("first");
    expect(log).toContain("from an upload\n");
    // Nobody may write what other jobs share.
    expect(log).toContain("-r-xr-xr-x");
    expect(log).toContain("-r--r--r--");
  });

  it("runs by the Python that it requires", async () => {
    await fetch(`${server.url}/agent/files/tell`, { method: "PUT", body: "import sys; print(sys.version_info[0])\n" });
    await runJob("python", ["tell"], ">=3.6");
    const { trailers } = await untilDone("python");
    expect(trailers).toMatchObject({ "job-state": ["SUCCEEDED"] });
    expect(await logOf("python")).toContain("3\n");
  });

  it("is run once although the server is killed while it is staged and while it runs", async () => {
    const script = "#!/bin/sh\necho started; sleep 2; echo ended; exit 4\n";
    await runJob("killed", ["late"]);
    expect((await runJob("killed")).answer.code).toBe("WAIT");
    await server.kill();
    agent.close();
    await start(server.dataFolder);
    expect((await runJob("killed")).answer.code).toBe("WAIT");
    await writeFile(join(folder, "late"), script);
    await expect.poll(async () => (await runJob("killed")).answer.code, { timeout: 60_000, interval: 100 }).toBe("RUN");
    await server.kill();
    agent.close();
    await start(server.dataFolder);
    const { codes, trailers } = await untilDone("killed");
    expect(codes).not.toContain("WAIT");
    expect(trailers).toMatchObject({ "job-state": ["FAILED"], "job-exit-code": ["4"] });
    expect((await logOf("killed")).match(/started/g)).toHaveLength(1);
  });

  it("is refused with the field when a required one is missing", async () => {
    const headers = { "content-type": "application/proto" };
    const response = await fetch(`${server.url}/Agent/RunJob`, { method: "POST", headers, body: new Uint8Array() });
    expect(await response.json()).toMatchObject({
      code: "invalid_argument",
      message: "job: is missing; say which job this is",
    });
  });
});
