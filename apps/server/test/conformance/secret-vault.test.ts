import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkMasterKey } from "#adapters/secret-vault/file/check-master-key.ts";
import { fileSecretVault } from "#adapters/secret-vault/file/index.ts";
import { secretVaultConformance } from "./secret-vault.ts";

const unused = "/nonexistent/key";
const key = randomBytes(32);
const otherKey = randomBytes(32);

describe("a vault with a given key", () => {
  secretVaultConformance(
    () => fileSecretVault({ file: unused, masterKey: key.toString("base64") }),
    () => fileSecretVault({ file: unused, masterKey: otherKey.toString("hex") }),
  );

  it("takes a key in base64, base64url and hexadecimal", async () => {
    const sealed = await (await fileSecretVault({ file: unused, masterKey: key.toString("hex") })).seal("o", "v");
    for (const text of [key.toString("base64"), key.toString("base64url"), ` ${key.toString("hex").toUpperCase()}\n`]) {
      expect(await (await fileSecretVault({ file: unused, masterKey: text })).open("o", sealed)).toBe("v");
    }
  });

  it("opens what older keys sealed", async () => {
    const sealed = await (await fileSecretVault({ file: unused, masterKey: otherKey.toString("hex") })).seal("o", "v");
    const both = `${key.toString("base64")},${otherKey.toString("hex")}`;
    expect(await (await fileSecretVault({ file: unused, masterKey: both })).open("o", sealed)).toBe("v");
  });

  it.each([
    ["", "is empty"],
    ["c2hvcnQ=", "is 5 bytes long"],
    ["ä".repeat(32), "neither base64 nor hexadecimal"],
    [`${key.toString("hex")},00`, "is 1 bytes long"],
  ])("refuses %j as a key, and does not repeat it", async (masterKey, why) => {
    const refused = fileSecretVault({ file: unused, masterKey });
    await expect(refused).rejects.toThrow(why);
    if (masterKey !== "") await expect(refused).rejects.not.toThrow(masterKey);
  });
});

describe("a vault with a key file", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "tributary-vault-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  secretVaultConformance(
    () => fileSecretVault({ file: join(folder, "key") }),
    () => fileSecretVault({ file: join(folder, "other-key") }),
  );

  it("makes the file once, for its owner only", async () => {
    const file = join(folder, "deep", "master.key");
    const vaults = await Promise.all(Array.from({ length: 5 }, () => fileSecretVault({ file })));
    const sealed = await Promise.all(vaults.map((vault) => vault.seal("o", "v")));
    for (const bytes of sealed) expect(await vaults[0]?.open("o", bytes)).toBe("v");
    expect(await readdir(join(folder, "deep"))).toEqual(["master.key"]);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(Buffer.from(await readFile(file, "utf8"), "base64")).toHaveLength(32);
  });

  it("takes away the right of others to read it", async () => {
    const file = join(folder, "open.key");
    await writeFile(file, key.toString("base64"));
    await chmod(file, 0o644);
    await fileSecretVault({ file });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it("says that the file is at fault", async () => {
    const file = join(folder, "bad.key");
    await writeFile(file, "");
    await expect(fileSecretVault({ file })).rejects.toThrow(`the key file ${file} is empty`);
  });
});

describe("checkMasterKey", () => {
  const memory = () => {
    const values = new Map<string, string>();
    return {
      values,
      get: async (name: string) => values.get(name),
      put: async (name: string, value: string) => void values.set(name, value),
    };
  };
  const vaultWith = (...keys: readonly Buffer[]) =>
    fileSecretVault({ file: unused, masterKey: keys.map((each) => each.toString("hex")).join(",") });

  it("takes the first key, and then that one only", async () => {
    const settings = memory();
    await checkMasterKey(await vaultWith(key), settings);
    await checkMasterKey(await vaultWith(key), settings);
    await expect(checkMasterKey(await vaultWith(otherKey), settings)).rejects.toThrow(/TRIBUTARY_MASTER_KEY/);
    await checkMasterKey(await vaultWith(otherKey, key), settings);
  });

  it("does not take what somebody else put there", async () => {
    const settings = memory();
    await checkMasterKey(await vaultWith(key), settings);
    for (const name of settings.values.keys()) settings.values.set(name, "garbage");
    await expect(checkMasterKey(await vaultWith(key), settings)).rejects.toThrow(/master key/i);
  });
});
