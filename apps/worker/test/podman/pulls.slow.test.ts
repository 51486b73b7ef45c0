import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { LogStream } from "@tributary/proto/tributary/v1/logs_pb";
import { AttemptOutcome } from "@tributary/proto/tributary/v1/tasks_pb";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { textOf } from "../fixture-server.ts";
import { useScene } from "../use-scene.ts";
import { PodmanRig } from "./podman-rig.ts";
import { Registry } from "./registry.ts";

vi.setConfig({ testTimeout: 90_000 });
const limit = 60_000;
const rig = new PodmanRig();
const registry = new Registry(join(rig.root, "saved"));
const scene = useScene();
const command = { case: "shell" as const, value: "echo ran" };
let address = "";

beforeAll(async () => {
  rig.makeImage();
  rig.podman("save", "--format", "oci-dir", "-o", join(rig.root, "saved"), rig.image);
  address = await registry.start();
  writeFileSync(join(rig.root, "registries.conf"), `[[registry]]\nlocation = "${address}"\ninsecure = true\n`);
});
afterAll(async () => {
  await registry.stop();
  rig.close();
});

function start() {
  scene().worker(rig.workerArguments(), { CONTAINERS_REGISTRIES_CONF: join(rig.root, "registries.conf") });
  return scene().server;
}

test("an image that is not there is fetched once for all that wait for it, and its progress is in their logs", async () => {
  const server = start();
  const image = `${address}/team/tiny:1`;
  const both = [server.assign({ image, command }), server.assign({ image, command })];
  for (const known of both) {
    expect(await server.ended(known, limit)).toMatchObject({ outcome: AttemptOutcome.SUCCEEDED });
    const said = textOf(known, LogStream.WORKER);
    expect(said).toContain(`Fetching the image ${image}`);
    expect(said).toMatch(/Copying blob/);
    expect(said).toMatch(/Fetched the image in \d+\.\d s\n$/);
    expect(textOf(known, LogStream.STDOUT)).toBe("ran\n");
  }
  // Its layer is that of the image it was made from; what says how it is run is asked for by each fetch.
  expect(registry.blobs).toBe(1);
  const again = server.assign({ image, command });
  await server.ended(again, limit);
  expect(textOf(again, LogStream.WORKER)).toBe("");
});

test("an image that nobody has, or that is not for everybody, is the task's fault", async () => {
  const server = start();
  const unknown = await server.ended(server.assign({ image: `${address}/team/tiny:2`, command }), limit);
  expect(unknown).toMatchObject({ outcome: AttemptOutcome.FAILED, system: false, reason: { code: "image-not-found" } });
  expect(unknown.reason?.message).toContain("manifest unknown");
  const denied = await server.ended(server.assign({ image: `${address}/private/x:1`, command }), limit);
  expect(denied).toMatchObject({ outcome: AttemptOutcome.FAILED, system: false, reason: { code: "image-denied" } });
});

test("a registry that cannot be reached is the machine's fault", async () => {
  const server = start();
  const end = await server.ended(server.assign({ image: "127.0.0.1:1/x:1", command }), limit);
  expect(end).toMatchObject({ outcome: AttemptOutcome.FAILED, system: true, reason: { code: "image-not-fetched" } });
  expect(end.reason?.message).toContain("connection refused");
});

test("a task that is cancelled while its image comes ends at once", async () => {
  const server = start();
  const { promise, resolve } = Promise.withResolvers<void>();
  // It takes the call and never answers.
  const hanging = createServer(() => resolve()).listen(0, "127.0.0.1");
  await once(hanging, "listening");
  const { port } = hanging.address() as AddressInfo;
  const known = server.assign({ image: `127.0.0.1:${port}/x:1`, command });
  await promise;
  server.cancel(known);
  expect(await server.ended(known, limit)).toMatchObject({ outcome: AttemptOutcome.CANCELLED });
  hanging.close();
});
