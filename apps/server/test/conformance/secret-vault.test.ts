import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fileSecretVault } from "#adapters/secret-vault/file/index.ts";
import { secretVaultConformance } from "./secret-vault.ts";

const unused = "/nonexistent/key";
const key = randomBytes(32);
const otherKey = randomBytes(32);

const given = (...texts: readonly string[]) => fileSecretVault({ file: unused, masterKey: texts.join(",") });
const idOf = async (text: string) => (await (await given(text)).keys())[0]!;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tributary-vault-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("a vault with given keys", () => {
  secretVaultConformance(
    () => given(key.toString("base64")),
    () => given(otherKey.toString("hex")),
  );

  it("takes a key in base64, base64url and hexadecimal, and the same one twice as one", async () => {
    const texts = [key.toString("base64"), key.toString("base64url"), ` ${key.toString("hex").toUpperCase()}\n`];
    const id = await idOf(key.toString("hex"));
    expect(id).toMatch(/^[0-9a-f]{16}$/);
    for (const text of texts) expect(await (await given(text)).keys()).toEqual([id]);
    expect(await (await given(...texts)).keys()).toEqual([id]);
  });

  it("has several keys at hand, separated by commas or line ends, and seals under the one it is told", async () => {
    const [first, second] = [key.toString("base64"), otherKey.toString("hex")];
    const vault = await given(`${first}\n${second}`);
    const ids = [await idOf(first), await idOf(second)];
    expect(await vault.keys()).toEqual(ids);
    const sealed = await vault.seal(ids[1]!, "o", "v");
    expect(await (await given(second)).open("o", sealed)).toBe("v");
    await expect((await given(first)).open("o", sealed)).rejects.toThrow(ids[1]);
    const rewrapped = await vault.rewrap(ids[0]!, "o", sealed);
    expect(await (await given(first)).open("o", rewrapped)).toBe("v");
    await expect((await given(second)).open("o", rewrapped)).rejects.toThrow(ids[0]);
  });

  it.each([
    ["", "is empty"],
    ["c2hvcnQ=", "is 5 bytes long"],
    ["ä".repeat(32), "neither base64 nor hexadecimal"],
    [`${key.toString("hex")},00`, "is 1 bytes long"],
  ])("refuses %j as a key, and does not repeat it", async (masterKey, why) => {
    await expect(given(masterKey)).rejects.toMatchObject({ refusal: "invalid", message: expect.stringContaining(why) });
    if (masterKey !== "") await expect(given(masterKey)).rejects.not.toThrow(masterKey);
  });

  it("makes and drops no keys, as others keep them", async () => {
    const vault = await given(key.toString("hex"));
    expect(vault.keepsKeys).toBe(false);
    await expect(vault.makeKey()).rejects.toThrow(/TRIBUTARY_MASTER_KEY: add one there/);
    await expect(vault.dropKey(await idOf(key.toString("hex")))).rejects.toThrow(/take it away there/);
  });
});

describe("a vault with a mounted file", () => {
  it("sees keys that are added while it is used", async () => {
    const masterKeyFile = join(folder, "mounted");
    await writeFile(masterKeyFile, `${key.toString("hex")}\n`);
    const vault = await fileSecretVault({ file: unused, masterKey: key.toString("hex"), masterKeyFile });
    const second = await idOf(otherKey.toString("hex"));
    const sealed = await (await given(otherKey.toString("hex"))).seal(second, "o", "v");
    await expect(vault.open("o", sealed)).rejects.toThrow(second);
    await writeFile(masterKeyFile, `${key.toString("hex")}\n${otherKey.toString("base64")}\n`);
    expect(await vault.open("o", sealed)).toBe("v");
    expect(await vault.keys()).toHaveLength(2);
    await expect(vault.makeKey()).rejects.toThrow(masterKeyFile);
  });
});

describe("a vault with a key file", () => {
  secretVaultConformance(
    () => fileSecretVault({ file: join(folder, "key") }),
    () => fileSecretVault({ file: join(folder, "other-key") }),
  );

  it("makes the file with the first key, for its owner only", async () => {
    const file = join(folder, "deep", "master.key");
    const vault = await fileSecretVault({ file });
    expect(await vault.keys()).toEqual([]);
    const id = await vault.makeKey();
    expect(await vault.keys()).toEqual([id]);
    expect(await readdir(join(folder, "deep"))).toEqual(["master.key"]);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(Buffer.from(await readFile(file, "utf8"), "base64")).toHaveLength(32);
  });

  it("makes more keys beside those that are there, and drops the one it is told", async () => {
    const file = join(folder, "several.key");
    const vault = await fileSecretVault({ file });
    const [first, second, third] = [await vault.makeKey(), await vault.makeKey(), await vault.makeKey()];
    const sealed = await vault.seal(first, "o", "v");
    await vault.dropKey(second);
    expect(await vault.keys()).toEqual([first, third]);
    expect(await (await fileSecretVault({ file })).open("o", sealed)).toBe("v");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await readdir(folder)).filter((name) => name.startsWith("several"))).toEqual(["several.key"]);
    await vault.dropKey(first);
    await expect(vault.open("o", sealed)).rejects.toThrow(first);
  });

  it("leaves a file alone that somebody else has made meanwhile", async () => {
    const file = join(folder, "raced.key");
    const vault = await fileSecretVault({ file });
    await Promise.allSettled([vault.makeKey(), (await fileSecretVault({ file })).makeKey()]);
    const [id] = await vault.keys();
    const sealed = await vault.seal(id!, "o", "v");
    expect(await (await fileSecretVault({ file })).open("o", sealed)).toBe("v");
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
