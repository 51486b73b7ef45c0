import { hkdfSync, randomBytes } from "node:crypto";
import { RefusedError } from "#core/errors.ts";

/** A key of 256 bits, and the name by which sealed values refer to it. */
export interface MasterKey {
  /** 16 hexadecimal digits; tells nothing of the key. */
  readonly id: string;
  readonly key: Buffer;
}

const keySize = 32;
const idSize = 8;

function masterKey(key: Buffer): MasterKey {
  const id = Buffer.from(hkdfSync("sha256", key, "", "tributary master key id", idSize)).toString("hex");
  return { id, key };
}

/** A new key as it is written in a key file. */
export function newKeyText(): string {
  return randomBytes(keySize).toString("base64");
}

/**
 * Reads master keys: each 32 bytes in base64 or hexadecimal, separated by commas or white space. One that is there twice
 * is one key.
 *
 * @param where - names the variable or the file, for messages
 * @throws RefusedError `invalid` that says what is wrong, and nothing of the keys
 */
export function parseMasterKeys(text: string, where: string): readonly MasterKey[] {
  const keys = splitKeys(text).map((part) => parseKey(part, where));
  if (keys.length === 0) refuse(`${where} is empty; put 32 random bytes there, in base64 or hexadecimal`);
  return keys.filter(({ id }, index) => keys.findIndex((other) => other.id === id) === index);
}

/** The texts of the keys in a list of keys. */
export function splitKeys(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter((part) => part !== "");
}

export function parseKey(text: string, where: string): MasterKey {
  const bytes = decode(text);
  if (bytes?.length === keySize) return masterKey(bytes);
  const found = bytes ? `is ${bytes.length} bytes long` : "is neither base64 nor hexadecimal";
  return refuse(`${where} ${found}; a master key is 32 bytes in base64 or hexadecimal: openssl rand -base64 32`);
}

function decode(text: string): Buffer | undefined {
  if (/^([0-9a-fA-F]{2})+$/.test(text)) return Buffer.from(text, "hex");
  return /^[A-Za-z0-9+/_-]+={0,2}$/.test(text) ? Buffer.from(text, "base64") : undefined;
}

function refuse(message: string): never {
  throw new RefusedError("invalid", message);
}
