import { expect, test } from "vitest";
import type { Tx } from "#core/ports/tx.ts";
import type { SecretRead } from "#core/secrets/secret.ts";
import type { StoreContext } from "./store-context.ts";
import { run, sampleAttempt, sampleSecret, sampleVersion } from "./store-samples.ts";

const read = (taskId: number, secretId: string, version: number): SecretRead => ({
  ref: { taskId, number: 1 },
  key: secretId.replace("id-of-", ""),
  secretId,
  version,
});

export function secretTests(context: StoreContext): void {
  const within = <R>(unit: (tx: Tx) => Promise<R>) => run(context.store, unit);

  test("secrets are put by key, counted and listed by key", async () => {
    await within((tx) => tx.secrets.put([sampleSecret("b"), sampleSecret("a", { lastReadAt: 7, lastReadBy: 3 })]));
    await within((tx) => tx.secrets.put([sampleSecret("b", { version: 2 })]));
    expect(await within((tx) => tx.secrets.getMany(["a", "b", "c"]))).toEqual(
      new Map([
        ["a", sampleSecret("a", { lastReadAt: 7, lastReadBy: 3 })],
        ["b", sampleSecret("b", { version: 2 })],
      ]),
    );
    expect(await within((tx) => tx.secrets.count())).toBe(2);
    expect((await context.store.view.listSecrets()).secrets.map(({ key }) => key)).toEqual(["a", "b"]);
    await within((tx) => tx.secrets.delete(["a", "c"]));
    expect((await context.store.view.listSecrets()).secrets.map(({ key }) => key)).toEqual(["b"]);
  });

  test("versions keep their bytes, and what is remembered of them when the value goes", async () => {
    const sealed = Uint8Array.from({ length: 300 }, (_, n) => n % 256);
    await within((tx) => tx.secrets.putVersions([sampleVersion("x", 1, { sealed }), sampleVersion("x", 2)]));
    const [version] = await within((tx) =>
      tx.secrets.versions([
        { secretId: "x", version: 1 },
        { secretId: "y", version: 1 },
      ]),
    );
    expect(new Uint8Array(version!.sealed!)).toEqual(sealed);
    const { keyId: _, sealed: _s, ...bare } = sampleVersion("x", 1);
    await within((tx) => tx.secrets.putVersions([bare]));
    expect(await within((tx) => tx.secrets.versions([bare]))).toEqual([bare]);
    const { sealed: _v, ...second } = sampleVersion("x", 2);
    expect(await within((tx) => tx.secrets.versionsOf("x"))).toEqual([bare, second]);
    await within((tx) =>
      tx.secrets.deleteVersions([
        { secretId: "x", version: 1 },
        { secretId: "x", version: 9 },
      ]),
    );
    expect(await within((tx) => tx.secrets.versionsOf("x"))).toEqual([second]);
  });

  test("values are counted by the master key they are sealed under, and found in pages", async () => {
    const { keyId: _, sealed: _s, ...bare } = sampleVersion("a", 1);
    const versions = [
      bare,
      sampleVersion("a", 2, { keyId: "k2" }),
      sampleVersion("b", 1),
      sampleVersion("b", 10),
      sampleVersion("c", 1),
    ];
    await within((tx) => tx.secrets.putVersions(versions));
    expect(await within((tx) => tx.secrets.keyUses())).toEqual(
      new Map([
        ["k1", 3],
        ["k2", 1],
      ]),
    );
    const first = await within((tx) => tx.secrets.sealedUnderOthers("k2", 2));
    expect(first.map(({ secretId, version }) => [secretId, version])).toEqual([
      ["b", 1],
      ["b", 10],
    ]);
    expect(first[0]?.sealed).toHaveLength(4);
    const rest = await within((tx) => tx.secrets.sealedUnderOthers("k2", 2, first.at(-1)));
    expect(rest.map(({ secretId, version }) => [secretId, version])).toEqual([["c", 1]]);
    expect(await within((tx) => tx.secrets.sealedUnderOthers("k1", 9))).toHaveLength(1);
  });

  test("a value is needed while it is current, or an attempt that runs was given it", async () => {
    await within(async (tx) => {
      await tx.secrets.put([sampleSecret("a", { version: 3 })]);
      await tx.secrets.putVersions([1, 2, 3].map((version) => sampleVersion("id-of-a", version)));
      await tx.secrets.putVersions([sampleVersion("gone", 1), sampleVersion("gone", 2)]);
      await tx.attempts.insert([sampleAttempt(1), sampleAttempt(2)]);
      await tx.secrets.putReads([read(1, "id-of-a", 2), read(2, "gone", 1)]);
    });
    const unneeded = async () =>
      (await within((tx) => tx.secrets.unneededVersions(10)))
        .map(({ version, deleted }) => `${version.secretId} ${version.version} ${deleted}`)
        .sort();
    expect(await unneeded()).toEqual(["gone 2 true", "id-of-a 1 false"]);
    expect(await within((tx) => tx.secrets.unneededVersions(1))).toHaveLength(1);
    await within((tx) => tx.attempts.replace([sampleAttempt(1, 1, { phase: "ended", endedAt: 6_000 })]));
    expect(await unneeded()).toEqual(["gone 2 true", "id-of-a 1 false", "id-of-a 2 false"]);
  });

  test("what attempts were given is found by attempt, and those that have ended are told", async () => {
    await within(async (tx) => {
      await tx.attempts.insert([sampleAttempt(1), sampleAttempt(2, 1, { phase: "ended", endedAt: 6_000 })]);
      await tx.secrets.putReads([read(1, "id-of-a", 1), read(1, "id-of-b", 4), read(2, "id-of-a", 1)]);
    });
    const reads = await within((tx) => tx.secrets.readsOf({ taskId: 1, number: 1 }));
    expect([...reads].sort((a, b) => (a.key < b.key ? -1 : 1))).toEqual([read(1, "id-of-a", 1), read(1, "id-of-b", 4)]);
    expect(await within((tx) => tx.secrets.endedReaders(10))).toEqual([{ taskId: 2, number: 1 }]);
    await within((tx) => tx.secrets.deleteReads([{ taskId: 2, number: 1 }]));
    expect(await within((tx) => tx.secrets.endedReaders(10))).toEqual([]);
    expect(await within((tx) => tx.secrets.readsOf({ taskId: 2, number: 1 }))).toEqual([]);
  });
}
