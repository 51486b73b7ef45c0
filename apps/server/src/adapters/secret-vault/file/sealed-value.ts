import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";

/** A key of 256 bits, and the name by which sealed values refer to it. */
export interface MasterKey {
  readonly id: Buffer;
  readonly key: Buffer;
}

const version = 1;
const idSize = 8;
const nonceSize = 12;
const tagSize = 16;
const keySize = 32;
const wrappedSize = nonceSize + keySize + tagSize;
const headSize = 1 + idSize;

/** The id tells nothing of the key. */
export function masterKey(bytes: Buffer): MasterKey {
  if (bytes.length !== keySize) throw new Error("a master key has 32 bytes");
  return { key: bytes, id: Buffer.from(hkdfSync("sha256", bytes, "", "tributary master key id", idSize)) };
}

/**
 * Encrypts a value under a key of its own, and that key under the master key.
 *
 * version 1 | master key id 8 | nonce 12, key 32, tag 16 | nonce 12, value, tag 16. Everything before a ciphertext, and the
 * owner, are authenticated with it.
 */
export function sealValue(master: MasterKey, owner: string, value: string): Uint8Array {
  const dataKey = randomBytes(keySize);
  const head = Buffer.concat([Buffer.from([version]), master.id]);
  const wrapped = encrypt(master.key, bound("key", head, owner), dataKey);
  const body = encrypt(dataKey, bound("value", Buffer.concat([head, wrapped]), owner), Buffer.from(value, "utf8"));
  dataKey.fill(0);
  return Buffer.concat([head, wrapped, body]);
}

/** @throws when the bytes were changed, belong to another owner, or none of the keys is theirs */
export function openValue(masters: readonly MasterKey[], owner: string, sealed: Uint8Array): string {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  if (bytes.length < headSize + wrappedSize + nonceSize + tagSize) throw new Error("a sealed value is cut short");
  if (bytes[0] !== version) throw new Error("a sealed value is of a version that is not known here");
  const head = bytes.subarray(0, headSize);
  const id = head.subarray(1);
  const master = masters.find((candidate) => candidate.id.equals(id));
  if (!master) throw new Error(`the master key ${id.toString("hex")}, under which a value was sealed, is not at hand`);
  const wrapped = bytes.subarray(headSize, headSize + wrappedSize);
  const dataKey = decrypt(master.key, bound("key", head, owner), wrapped);
  const upToBody = bytes.subarray(0, headSize + wrappedSize);
  const value = decrypt(dataKey, bound("value", upToBody, owner), bytes.subarray(headSize + wrappedSize));
  dataKey.fill(0);
  return value.toString("utf8");
}

function bound(purpose: "key" | "value", before: Buffer, owner: string): Buffer {
  return Buffer.concat([Buffer.from(`tributary ${purpose}\0`), before, Buffer.from(owner, "utf8")]);
}

function encrypt(key: Buffer, also: Buffer, plain: Buffer): Buffer {
  const nonce = randomBytes(nonceSize);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(also);
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(key: Buffer, also: Buffer, bytes: Buffer): Buffer {
  const nonce = bytes.subarray(0, nonceSize);
  const tag = bytes.subarray(bytes.length - tagSize);
  const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: tagSize }).setAAD(also).setAuthTag(tag);
  try {
    return Buffer.concat([decipher.update(bytes.subarray(nonceSize, bytes.length - tagSize)), decipher.final()]);
  } catch {
    throw new Error("a sealed value was changed, or belongs to another owner");
  }
}
