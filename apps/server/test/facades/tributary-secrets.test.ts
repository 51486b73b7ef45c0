import { Code, createClient } from "@connectrpc/connect";
import { AmeService } from "@tributary/proto/ame/v1/ame_pb";
import { DispatchService } from "@tributary/proto/tributary/v1/dispatch_pb";
import { SecretService } from "@tributary/proto/tributary/v1/secrets_pb";
import { TaskService } from "@tributary/proto/tributary/v1/tasks_pb";
import { expect, it } from "vitest";
import { rewrapValues } from "#core/secrets/key-ring.ts";
import { dropSuperseded, forgetReads } from "#core/secrets/superseded.ts";
import { HandWorker } from "#test/hand-worker.ts";
import { worker } from "#test/in-process.ts";
import { hello, refusal, rpc, server } from "./suite.ts";

const secrets = () => createClient(SecretService, server.transport());
const dispatch = () => createClient(DispatchService, server.transport(worker));
const versionsOf = async (key: string) => (await secrets().listSecretVersions({ key })).versions;

/** Takes a task that asks for secrets as far as running. */
async function runAsking(...keys: readonly string[]) {
  const asked = keys.map((key) => ({ variant: { case: "ame" as const, value: { key, injectAs: key.toUpperCase() } } }));
  const name = `asking-${Math.random().toString(36).slice(2)}`;
  const project = await createClient(AmeService, server.transport()).createProject({
    cfg: { name, tasks: [{ ...hello, secrets: asked }] },
  });
  await createClient(TaskService, server.transport()).runTask({ projectId: project.name, taskName: hello.name });
  const hand = await HandWorker.start(server.transport(worker), { id: `hand-${name}` });
  return { hand, attempt: (await hand.take()).attempt };
}

rpc("tributary.v1.SecretService.CreateSecret", () => {
  it("takes 10,000 secrets and no more, and values of 64 KiB and no more", async () => {
    const secret = { version: 1, createdAt: 1, createdBy: "t", updatedAt: 1, updatedBy: "t" };
    const many = Array.from({ length: 9_999 }, (_, n) => ({ ...secret, id: `id-${n}`, key: `s${n}` }));
    await server.ports.store.transact((tx, all: typeof many) => tx.secrets.put(all), many);
    await secrets().createSecret({ key: "last", value: "x".repeat(65_536) });
    expect(await refusal(secrets().createSecret({ key: "one-more", value: "x" }))).toMatchObject({
      code: Code.ResourceExhausted,
      message: expect.stringContaining("10000 secrets"),
    });
    expect(await refusal(secrets().replaceSecret({ key: "last", value: "ü".repeat(32_769) }))).toMatchObject({
      code: Code.InvalidArgument,
    });
    for (const key of ["-a", "a_", "A", "a b", "a".repeat(254)]) {
      expect(await refusal(secrets().createSecret({ key, value: "x" }))).toMatchObject({ code: Code.InvalidArgument });
    }
  });
});

const sweep = async () => [
  await server.ports.store.transact(dropSuperseded, 100),
  await server.ports.store.transact(forgetReads, 100),
];

rpc("tributary.v1.SecretService.ListSecretVersions", () => {
  it("says who made each version and when, and who read it last; refuses an unknown key", async () => {
    await secrets().createSecret({ key: "token", value: "value-1" });
    const { hand, attempt } = await runAsking("token");
    await dispatch().readSecrets({ workerId: hand.id, attempt });
    await hand.exit(attempt);
    await secrets().replaceSecret({ key: "token", value: "value-2" });
    expect(await versionsOf("token")).toMatchObject([
      { version: 2, createdBy: "local", valueKept: true, lastReadByTaskId: 0 },
      { version: 1, createdBy: "local", valueKept: false, lastReadByTaskId: attempt.taskId },
    ]);
    expect((await secrets().listSecrets({})).secrets).toMatchObject([{ version: 2, createdBy: "local" }]);
    expect(await refusal(secrets().listSecretVersions({ key: "other" }))).toMatchObject({ code: Code.NotFound });
    hand.stop();
  });

  it("keeps a value for the attempts that were given it, and for no longer", async () => {
    await secrets().createSecret({ key: "kept", value: "first-value" });
    const { hand, attempt } = await runAsking("kept");
    const ask = async () => (await dispatch().readSecrets({ workerId: hand.id, attempt })).values[0]?.value;
    expect(await ask()).toBe("first-value");
    await secrets().replaceSecret({ key: "kept", value: "second-value" });
    expect((await versionsOf("kept")).map(({ valueKept }) => valueKept)).toEqual([true, true]);
    await sweep();
    expect(await ask()).toBe("first-value");
    await hand.exit(attempt);
    expect(await sweep()).toEqual([1, 1]);
    expect((await versionsOf("kept")).map(({ valueKept }) => valueKept)).toEqual([true, false]);
    hand.stop();
  });

  it("keeps the value of a deleted secret, too, and a new one of the same name is another", async () => {
    await secrets().createSecret({ key: "deleted", value: "old-value" });
    const { hand, attempt } = await runAsking("deleted");
    const ask = async () => (await dispatch().readSecrets({ workerId: hand.id, attempt })).values[0]?.value;
    await ask();
    await secrets().deleteSecret({ key: "deleted" });
    expect(await ask()).toBe("old-value");
    await secrets().createSecret({ key: "deleted", value: "new-value" });
    expect(await ask()).toBe("old-value");
    expect(await versionsOf("deleted")).toMatchObject([{ version: 1, lastReadByTaskId: 0 }]);
    await hand.exit(attempt);
    const before = (await secrets().getKeyRing({})).keyRing!.keys[0]!.valueCount;
    await sweep();
    expect((await secrets().getKeyRing({})).keyRing!.keys[0]!.valueCount).toBe(before - 1);
    hand.stop();
  });

  it("remembers a hundred versions", async () => {
    await secrets().createSecret({ key: "busy", value: "0" });
    const client = secrets();
    for (let n = 1; n <= 102; n++) await client.replaceSecret({ key: "busy", value: String(n) });
    const numbers = (await versionsOf("busy")).map(({ version }) => version);
    expect([numbers.length, numbers[0], numbers.at(-1)]).toEqual([100, 103, 4]);
  });

  it("gives replacements made at once a version each", async () => {
    await secrets().createSecret({ key: "raced", value: "0" });
    await Promise.all([1, 2, 3, 4].map((n) => secrets().replaceSecret({ key: "raced", value: String(n) })));
    expect((await versionsOf("raced")).map(({ version }) => version)).toEqual([5, 4, 3, 2, 1]);
  });
});

rpc("tributary.v1.SecretService.GetKeyRing", () => {
  it("tells the keys by their ids and how many values each seals, and nothing of the keys", async () => {
    for (const key of ["a", "b", "c"]) await secrets().createSecret({ key, value: "value" });
    const { keyRing } = await secrets().getKeyRing({});
    expect(keyRing).toMatchObject({
      keys: [
        { id: expect.stringMatching(/^[0-9a-f]{16}$/), current: true, former: false, atHand: true, valueCount: 3 },
      ],
      leftCount: 0,
      keptByServer: true,
      place: expect.stringContaining("master.key"),
    });
    expect(await refusal(createClient(SecretService, server.transport(worker)).getKeyRing({}))).toMatchObject({
      code: Code.PermissionDenied,
    });
  });
});

rpc("tributary.v1.SecretService.RotateMasterKey", () => {
  const rewrapAll = async () => {
    for (let step = await rewrapValues(server.ports); ; step = await rewrapValues(server.ports, step.next)) {
      expect(step.broken).toEqual([]);
      if (!step.next) return;
    }
  };

  it("makes a new key current at once, and the values follow; meanwhile all can be read and written", async () => {
    const client = secrets();
    const all = Array.from({ length: 130 }, (_, n) => client.createSecret({ key: `s${n}`, value: `value-${n}` }));
    await Promise.all(all);
    const { hand, attempt } = await runAsking("s0", "s129");
    const values = async () =>
      (await dispatch().readSecrets({ workerId: hand.id, attempt })).values.map(({ value }) => value);
    const old = (await secrets().getKeyRing({})).keyRing!.keys[0]!.id;
    const { keyRing: begun } = await secrets().rotateMasterKey({});
    expect(begun).toMatchObject({ leftCount: 130, changedBy: "local" });
    expect(begun!.keys).toMatchObject([
      { current: true, valueCount: 0 },
      { id: old, current: false, former: true, valueCount: 130 },
    ]);
    expect(await values()).toEqual(["value-0", "value-129"]);
    await rewrapValues(server.ports);
    expect((await secrets().getKeyRing({})).keyRing).toMatchObject({ leftCount: 30 });
    await secrets().createSecret({ key: "fresh", value: "fresh-value" });
    await secrets().replaceSecret({ key: "s128", value: "replaced" });
    expect(await values()).toEqual(["value-0", "value-129"]);
    expect(await refusal(secrets().rotateMasterKey({}))).toMatchObject({
      code: Code.FailedPrecondition,
      message: expect.stringContaining("under way"),
    });
    await rewrapAll();
    expect((await secrets().getKeyRing({})).keyRing).toMatchObject({
      leftCount: 0,
      keys: [{ valueCount: 131 }, { id: old, valueCount: 0 }],
    });
    expect(await values()).toEqual(["value-0", "value-129"]);
    hand.stop();
  });

  it("takes a key that is named, also a former one, and refuses one that is not there", async () => {
    const { keyRing } = await secrets().getKeyRing({});
    const former = keyRing!.keys.find(({ former }) => former)!;
    const { keyRing: back } = await secrets().rotateMasterKey({ keyId: former.id });
    expect(back!.keys[0]).toMatchObject({ id: former.id, current: true, former: false });
    await rewrapAll();
    expect(await refusal(secrets().rotateMasterKey({ keyId: former.id }))).toMatchObject({
      code: Code.FailedPrecondition,
    });
    expect(await refusal(secrets().rotateMasterKey({ keyId: "0123456789abcdef" }))).toMatchObject({
      code: Code.NotFound,
    });
  });

  it("leaves a record alone that was changed or swapped, which then does not open and is told", async () => {
    const { store } = server.ports;
    for (const key of ["one", "two"]) await secrets().createSecret({ key, value: `value-of-${key}` });
    const sealed = (key: string) =>
      store.transact(async (tx, of: string) => {
        const { id: secretId, version } = (await tx.secrets.getMany([of])).get(of)!;
        return (await tx.secrets.versions([{ secretId, version }]))[0]!;
      }, key);
    const [one, two] = [await sealed("one"), await sealed("two")];
    await store.transact(
      (tx, versions: readonly (typeof one)[]) => tx.secrets.putVersions(versions),
      [
        { ...one, sealed: two.sealed! },
        { ...two, sealed: one.sealed! },
      ],
    );
    const { hand, attempt } = await runAsking("one");
    expect(await refusal(dispatch().readSecrets({ workerId: hand.id, attempt }))).toMatchObject({
      code: Code.FailedPrecondition,
      message: expect.stringMatching(/the secret one cannot be read: .*changed, or belongs to another.*Replace it/),
    });
    await secrets().rotateMasterKey({});
    let broken = 0;
    for (let step = await rewrapValues(server.ports); ; step = await rewrapValues(server.ports, step.next)) {
      broken += step.broken.length;
      if (!step.next) break;
    }
    expect(broken).toBe(2);
    expect((await secrets().getKeyRing({})).keyRing?.leftCount).toBe(2);
    for (const key of ["one", "two"]) await secrets().replaceSecret({ key, value: "mended" });
    await hand.exit(attempt);
    await sweep();
    expect((await secrets().getKeyRing({})).keyRing?.leftCount).toBe(0);
    hand.stop();
  });
});

rpc("tributary.v1.SecretService.DropMasterKey", () => {
  it("destroys a key under which nothing is sealed, and no other", async () => {
    await secrets().createSecret({ key: "a", value: "value" });
    const drop = (keyId: string) => secrets().dropMasterKey({ keyId });
    const { keyRing } = await secrets().rotateMasterKey({});
    const [current, old] = keyRing!.keys.map(({ id }) => id);
    expect(await refusal(drop(current!))).toMatchObject({
      code: Code.FailedPrecondition,
      message: expect.stringContaining("rotate to another first"),
    });
    expect(await refusal(drop(old!))).toMatchObject({
      code: Code.FailedPrecondition,
      message: expect.stringContaining(`1 value is sealed under ${old}`),
    });
    await rewrapValues(server.ports);
    expect((await drop(old!)).keyRing?.keys).toMatchObject([{ id: current, atHand: true, valueCount: 1 }]);
    expect(await refusal(drop(old!))).toMatchObject({ code: Code.NotFound });
    expect(await server.ports.vault.keys()).toEqual([current]);
  });
});
