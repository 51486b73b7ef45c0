import fc from "fast-check";
import { expect, it } from "vitest";
import type { SecretVault } from "#core/ports/secret-vault.ts";

/** What every adapter of {@link SecretVault} keeps to. */
export function secretVaultConformance(make: () => Promise<SecretVault>, makeOther: () => Promise<SecretVault>): void {
  it("opens what it sealed", async () => {
    const vault = await make();
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), async (owner, value) => {
        expect(await vault.open(owner, await vault.seal(owner, value))).toBe(value);
      }),
    );
  });

  it("opens after a restart", async () => {
    const sealed = await (await make()).seal("owner", "value");
    expect(await (await make()).open("owner", sealed)).toBe("value");
  });

  it("shows nothing of the value, and never seals it twice alike", async () => {
    const vault = await make();
    const sealed = await Promise.all([vault.seal("owner", "canary-value"), vault.seal("owner", "canary-value")]);
    expect(Buffer.from(sealed[0]).equals(sealed[1])).toBe(false);
    for (const bytes of sealed) expect(Buffer.from(bytes).toString("latin1")).not.toContain("canary");
  });

  it("does not open what has a byte changed, added or taken away", async () => {
    const vault = await make();
    const sealed = await vault.seal("owner", "value");
    for (let at = 0; at < sealed.length; at++) {
      const changed = Uint8Array.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      await expect(vault.open("owner", changed)).rejects.toThrow();
      await expect(vault.open("owner", sealed.subarray(0, at))).rejects.toThrow();
    }
    await expect(vault.open("owner", Buffer.concat([sealed, Buffer.alloc(1)]))).rejects.toThrow();
  });

  it("does not open for another owner", async () => {
    const vault = await make();
    const sealed = await vault.seal("owner", "value");
    for (const owner of ["other", "", "owner\0", "Owner"]) await expect(vault.open(owner, sealed)).rejects.toThrow();
  });

  it("does not open under another key, and says which is missing", async () => {
    const sealed = await (await make()).seal("owner", "value");
    await expect((await makeOther()).open("owner", sealed)).rejects.toThrow(/not at hand/);
  });
}
