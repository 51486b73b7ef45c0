import { createHash, randomBytes } from "node:crypto";
import { createClient } from "@connectrpc/connect";
import { ProjectService } from "@tributary/proto/tributary/v1/projects_pb";
import { TaskService, TaskState } from "@tributary/proto/tributary/v1/tasks_pb";
import { expect, test } from "vitest";
import { NetworkStage } from "./network/network-stage.ts";

const size = 50_000_000;
const fileText = `name: large
tasks:
  - name: sum
    executor: !custom {pythonVersion: 3, command: 'sha256sum large.bin'}
`;

test("files whose connection breaks again and again are fetched from where it broke, and are whole", {
  timeout: 300_000,
}, async () => {
  const stage = await NetworkStage.open();
  try {
    const content = randomBytes(size);
    const sha256 = createHash("sha256").update(content).digest("hex");
    const projects = createClient(ProjectService, stage.transport);
    const projectId = (await projects.createProject({ fileText })).project!.id;
    await projects.uploadProjectFiles(
      (async function* () {
        yield { part: { case: "projectId" as const, value: projectId } };
        const header = { path: "large.bin", sizeBytes: BigInt(size), sha256 };
        yield { part: { case: "file" as const, value: header } };
        for (let at = 0; at < size; at += 1_000_000) {
          yield { part: { case: "content" as const, value: content.subarray(at, at + 1_000_000) } };
        }
      })(),
    );
    await stage.keepNearBusy();
    stage.link.set({ bytesPerSecond: 20_000_000 });
    const before = stage.link.passed;
    const tasks = createClient(TaskService, stage.transport);
    const id = (await tasks.runTask({ projectId, taskName: "sum" })).task!.id;
    for (let broken = 1; broken <= 4; broken++) {
      await stage.until("more of the file", async () => stage.link.passed - before > broken * 9_000_000);
      stage.link.reset();
    }
    const { task, attempts } = await stage.whenEnded(id);
    expect(task).toMatchObject({ state: TaskState.SUCCEEDED, workerId: await stage.farId() });
    expect(attempts).toHaveLength(1);
    expect((await stage.lines(id))[0]).toBe(`${sha256}  large.bin`);
    // Each break costs what was under way; four that began anew would have cost 90 MB beside the file itself.
    expect(stage.link.passed - before).toBeLessThan(size * 1.6);
  } finally {
    await stage.close();
  }
});
