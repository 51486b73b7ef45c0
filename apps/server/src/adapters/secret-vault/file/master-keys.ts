import { randomBytes } from "node:crypto";
import { chmod, link, mkdir, open, readFile, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { type MasterKey, masterKey } from "./sealed-value.ts";

export type MasterKeys = readonly [MasterKey, ...MasterKey[]];

/**
 * Reads master keys: each 32 bytes in base64 or hexadecimal, separated by commas or white space. The first one seals; the
 * others open what was sealed before the first took their place.
 *
 * @throws an error that says what is wrong, and nothing of the keys
 */
export function parseMasterKeys(text: string, where: string): MasterKeys {
  const [first, ...others] = text.split(/[\s,]+/).filter((part) => part !== "");
  if (first === undefined) throw new Error(`${where} is empty; put 32 random bytes there, in base64 or hexadecimal`);
  return [parseKey(first, where), ...others.map((part) => parseKey(part, where))];
}

function parseKey(text: string, where: string): MasterKey {
  const bytes = decode(text);
  if (bytes?.length === 32) return masterKey(bytes);
  const found = bytes ? `is ${bytes.length} bytes long` : "is neither base64 nor hexadecimal";
  throw new Error(`${where} ${found}; a master key is 32 bytes in base64 or hexadecimal: openssl rand -base64 32`);
}

function decode(text: string): Buffer | undefined {
  if (/^([0-9a-fA-F]{2})+$/.test(text)) return Buffer.from(text, "hex");
  return /^[A-Za-z0-9+/_-]+={0,2}$/.test(text) ? Buffer.from(text, "base64") : undefined;
}

/** Reads the key file, which is made with a new key when there is none. */
export async function keysFromFile(path: string): Promise<MasterKeys> {
  const text = await readKeyFile(path);
  if (text !== undefined) return parseMasterKeys(text, `the key file ${path}`);
  await makeKeyFile(path);
  return parseMasterKeys((await readKeyFile(path)) ?? "", `the key file ${path}`);
}

async function readKeyFile(path: string): Promise<string | undefined> {
  try {
    const text = await readFile(path, "utf8");
    await closeToOthers(path);
    return text;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** A copy or a restored backup may have given others the right to read it. */
async function closeToOthers(path: string): Promise<void> {
  if (((await stat(path)).mode & 0o077) === 0) return;
  // Where it is mounted read-only, whoever mounted it says who may read it.
  await chmod(path, 0o600).catch(() => {});
}

/** All of the file is there or nothing, and one that somebody else has made meanwhile stays. */
async function makeKeyFile(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${randomBytes(8).toString("hex")}`;
  const file = await open(temporary, "wx", 0o600);
  try {
    await file.writeFile(`${randomBytes(32).toString("base64")}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    await link(temporary, path);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}
