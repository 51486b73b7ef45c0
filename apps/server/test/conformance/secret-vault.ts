import fc from "fast-check";
import { expect, it } from "vitest";
import type { SecretVault } from "#core/ports/secret-vault.ts";

/** Seals under the first key at hand. */
async function seal(vault: SecretVault, owner: string, value: string): Promise<Uint8Array> {
  return vault.seal((await vault.keys())[0] ?? (await vault.makeKey()), owner, value);
}

/** What every adapter of {@link SecretVault} keeps to. */
export function secretVaultConformance(make: () => Promise<SecretVault>, makeOther: () => Promise<SecretVault>): void {
  it("opens what it sealed", async () => {
    const vault = await make();
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), async (owner, value) => {
        expect(await vault.open(owner, await seal(vault, owner, value))).toBe(value);
      }),
    );
  });

  it("opens after a restart", async () => {
    const sealed = await seal(await make(), "owner", "value");
    expect(await (await make()).open("owner", sealed)).toBe("value");
  });

  it("shows nothing of the value, and never seals it twice alike", async () => {
    const vault = await make();
    const sealed = await Promise.all([seal(vault, "owner", "canary-value"), seal(vault, "owner", "canary-value")]);
    expect(Buffer.from(sealed[0]).equals(sealed[1])).toBe(false);
    for (const bytes of sealed) expect(Buffer.from(bytes).toString("latin1")).not.toContain("canary");
  });

  it("does not open or rewrap what has a byte changed, added or taken away", async () => {
    const vault = await make();
    const sealed = await seal(vault, "owner", "value");
    const [keyId] = await vault.keys();
    const expectNothing = async (bytes: Uint8Array) => {
      await expect(vault.open("owner", bytes)).rejects.toThrow();
      await expect(vault.rewrap(keyId!, "owner", bytes)).rejects.toThrow();
    };
    for (let at = 0; at < sealed.length; at++) {
      const changed = Uint8Array.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      await expectNothing(changed);
      await expectNothing(sealed.subarray(0, at));
    }
    await expectNothing(Buffer.concat([sealed, Buffer.alloc(1)]));
  });

  it("does not open or rewrap for another owner", async () => {
    const vault = await make();
    const sealed = await seal(vault, "owner", "value");
    const [keyId] = await vault.keys();
    for (const owner of ["other", "", "owner\0", "Owner"]) {
      await expect(vault.open(owner, sealed)).rejects.toThrow();
      await expect(vault.rewrap(keyId!, owner, sealed)).rejects.toThrow();
    }
  });

  it("does not take the key of one value for that of another of the same owner", async () => {
    const vault = await make();
    const [one, two] = [await seal(vault, "owner", "value-one"), await seal(vault, "owner", "value-two")];
    const wrapped = 1 + 8 + 12 + 32 + 16;
    const mixed = Buffer.concat([one.subarray(0, wrapped), two.subarray(wrapped)]);
    await expect(vault.open("owner", mixed)).rejects.toThrow();
  });

  it("does not open under another key, and says which is missing", async () => {
    const vault = await make();
    const sealed = await seal(vault, "owner", "value");
    const [keyId] = await vault.keys();
    await expect((await makeOther()).open("owner", sealed)).rejects.toThrow(`${keyId}, under which a value was sealed`);
  });

  it("seals under no key that is not at hand", async () => {
    const vault = await make();
    await expect(vault.seal("0123456789abcdef", "owner", "value")).rejects.toThrow(/0123456789abcdef is not at hand/);
  });
}
