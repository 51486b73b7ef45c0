import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Page } from "@playwright/test";
import { expect, test } from "../fixtures.ts";
import { projectFile } from "../project-file.ts";
import { addSource, call, reached, runTask } from "../rpc.ts";

const run = promisify(execFile);
const programs = fileURLToPath(new URL("../../apps/cli/bin", import.meta.url));
const environment = { PATH: `${programs}:${process.env.PATH}`, HOME: "/nonexistent" };

/** What the reader pastes elsewhere. */
async function copied(page: Page, item: RegExp): Promise<string> {
  await page.getByRole("button", { name: "Copy as" }).click();
  await page.getByRole("menuitem", { name: item }).click();
  await expect(page.getByText(/^Copied as/).first()).toBeVisible();
  return page.evaluate(() => navigator.clipboard.readText());
}

/** A folder with a `grpcurl` for PATH, that reads its arguments as grpcurl does, and calls over gRPC. */
async function grpcurlFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "tributary-grpcurl-"));
  const program = fileURLToPath(new URL("../../apps/server/test/grpcurl/grpcurl.ts", import.meta.url));
  await writeFile(join(folder, "grpcurl"), `#!/bin/sh\nexec "${process.execPath}" "${program}" "$@"\n`, {
    mode: 0o755,
  });
  return folder;
}

const shell = (text: string) => run("sh", ["-c", text], { env: environment, timeout: 60_000 });
const python = (text: string) => run("python3", ["-c", text], { env: environment, timeout: 60_000 });

test("what is copied from a task's page works where it is pasted: in a shell, in Python, and with our command line", async ({
  page,
  context,
  server,
  git,
}) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: server.url });
  const task = {
    name: "say",
    command: 'echo "it\'s $WORDS"',
    variables: { WORDS: 'one "two" $three' },
    labels: { kind: "pasted" },
  };
  await git.push("copied/say", { "ame.yaml": projectFile("say-copied", [task]) });
  const { id: projectId } = await addSource(server, { repository: git.url("copied/say") });
  const id = await runTask(server, { projectId, taskName: "say" });
  await reached(server, id, "SUCCEEDED");
  await page.goto(`/tasks/${id}`);
  await expect(page.getByRole("heading", { level: 1 })).toContainText("say");

  const read = JSON.parse((await shell(await copied(page, /^curl\s*Read this task/))).stdout) as {
    task: { id: number };
  };
  expect(read.task.id).toBe(id);
  const shown = (await shell(await copied(page, /^tributary\s*Read this task/))).stdout;
  expect(shown).toContain(`task ${id} say succeeded`);
  expect(shown).toContain("labels kind=pasted");
  expect((await shell(await copied(page, /^tributary\s*Read its log/))).stdout).toBe('it\'s one "two" $three\n');

  // the same run from a notebook, with another parameter
  const snippet = await copied(page, /^Python\s*Run it with these parameters/);
  const changed = snippet.replace('one \\"two\\" $three', "changed here");
  expect(changed).not.toBe(snippet);
  const started = JSON.parse((await python(changed)).stdout) as { task: { id: number; labels: object[] } };
  expect(started.task.labels).toEqual([{ key: "kind", value: "pasted" }]);
  await reached(server, started.task.id, "SUCCEEDED");
  const log = await call<{ lines: { text: string }[] }>(server, "tributary.v1.LogService/ReadLogLines", {
    taskId: started.task.id,
    limit: 9,
  });
  expect(log.lines.map(({ text }) => text)).toContain("it's changed here");

  const ran = await shell(await copied(page, /^tributary\s*Run it with these parameters/));
  expect(ran.stdout).toBe('it\'s one "two" $three\n');
  const again = await shell(await copied(page, /^curl\s*Run it again/));
  expect(JSON.parse(again.stdout)).toMatchObject({ task: { retryOf: id } });
});

test("what is copied for grpcurl is a call over gRPC, whatever the parameters have in them", async ({
  page,
  context,
  server,
  git,
}) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: server.url });
  const variables = { WORDS: `it's "two" $HOME \\ ü` };
  await git.push("copied/grpc", {
    "ame.yaml": projectFile("grpc-copied", [{ name: "say", command: 'echo "$WORDS"', variables }]),
  });
  const { id: projectId } = await addSource(server, { repository: git.url("copied/grpc") });
  const id = await runTask(server, { projectId, taskName: "say" });
  await reached(server, id, "SUCCEEDED");
  const folder = await grpcurlFolder();
  const grpcurl = async (text: string) => {
    expect(text).toMatch(/^grpcurl -plaintext -d /);
    const env = { ...environment, PATH: `${folder}:${environment.PATH}` };
    return JSON.parse((await run("sh", ["-c", text], { env, timeout: 60_000 })).stdout) as {
      task: { id: number; title: string };
      lines?: { text: string }[];
    };
  };
  try {
    await page.goto(`/tasks/${id}`);
    await expect(page.getByRole("heading", { level: 1 })).toContainText("say");
    expect(await grpcurl(await copied(page, /^grpcurl\s*Read this task/))).toMatchObject({
      task: { id, title: "say" },
    });
    const log = await grpcurl(await copied(page, /^grpcurl\s*Read its log/));
    expect(log.lines?.map(({ text }) => text)).toContain(variables.WORDS);
    const started = await grpcurl(await copied(page, /^grpcurl\s*Run it with these parameters/));
    expect(started.task.id).toBeGreaterThan(id);
    await reached(server, started.task.id, "SUCCEEDED");
    const { lines } = await call<{ lines: { text: string }[] }>(server, "tributary.v1.LogService/ReadLogLines", {
      taskId: started.task.id,
      limit: 9,
    });
    expect(lines.map(({ text }) => text)).toContain(variables.WORDS);
  } finally {
    await rm(folder, { recursive: true });
  }
});
