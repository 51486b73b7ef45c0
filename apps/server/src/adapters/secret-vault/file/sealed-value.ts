import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import type { MasterKey } from "./master-key.ts";

const format = 2;
/** That of the first tables: the value was bound to the key that wrapped its own, and to the secret's name. */
const formerFormat = 1;
const idSize = 8;
const nonceSize = 12;
const tagSize = 16;
const keySize = 32;
const headSize = 1 + idSize;
const wrappedSize = nonceSize + keySize + tagSize;
const smallest = headSize + wrappedSize + nonceSize + tagSize;

/**
 * Encrypts a value under a key of its own, and that key under the master key.
 *
 * format 1 | master key id 8 | nonce 12, key 32, tag 16 | nonce 12, value, tag 16. The owner is authenticated with both
 * ciphertexts, format and id with that of the key. The value's does not depend on the master key, so that another can
 * take its place; only the value's own key opens it, which nobody has who could not open the record before.
 */
export function sealValue(master: MasterKey, owner: string, value: string): Uint8Array {
  const dataKey = randomBytes(keySize);
  const body = encrypt(dataKey, bound("value", owner), Buffer.from(value, "utf8"));
  const sealed = Buffer.concat([wrap(master, owner, dataKey), body]);
  dataKey.fill(0);
  return sealed;
}

/** @throws when the bytes were changed, belong to another owner, or none of the keys is theirs */
export function openValue(masters: readonly MasterKey[], owner: string, sealed: Uint8Array): string {
  const { dataKey, body, also } = unwrap(masters, owner, sealed);
  const value = decrypt(dataKey, also, body);
  dataKey.fill(0);
  return value.toString("utf8");
}

/** The same value under another master key. @throws as {@link openValue} */
export function rewrapValue(
  masters: readonly MasterKey[],
  next: MasterKey,
  owner: string,
  sealed: Uint8Array,
): Uint8Array {
  if (sealed[0] === formerFormat) return sealValue(next, owner, openValue(masters, owner, sealed));
  const { dataKey, body, also } = unwrap(masters, owner, sealed);
  // What cannot be opened must not leave here looking as if it could.
  decrypt(dataKey, also, body).fill(0);
  const rewrapped = Buffer.concat([wrap(next, owner, dataKey), body]);
  dataKey.fill(0);
  return rewrapped;
}

/** Id of the master key under which bytes were sealed. @throws when they are no sealed value */
export function keyIdOf(sealed: Uint8Array): string {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  if (bytes.length < smallest) throw new Error("a sealed value is cut short");
  if (bytes[0] !== format && bytes[0] !== formerFormat)
    throw new Error("a sealed value is of a format that is not known here");
  return bytes.subarray(1, headSize).toString("hex");
}

function wrap(master: MasterKey, owner: string, dataKey: Buffer): Buffer {
  const head = Buffer.concat([Buffer.from([format]), Buffer.from(master.id, "hex")]);
  return Buffer.concat([head, encrypt(master.key, bound("key", owner, head), dataKey)]);
}

function unwrap(masters: readonly MasterKey[], owner: string, sealed: Uint8Array) {
  const id = keyIdOf(sealed);
  const master = masters.find((candidate) => candidate.id === id);
  if (!master) throw new Error(`the master key ${id}, under which a value was sealed, is not at hand`);
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  const isFormer = bytes[0] === formerFormat;
  const name = isFormer ? formerOwner(owner) : owner;
  const upToBody = bytes.subarray(0, headSize + wrappedSize);
  const wrapped = upToBody.subarray(headSize);
  const dataKey = decrypt(master.key, bound("key", name, bytes.subarray(0, headSize)), wrapped);
  const also = isFormer ? bound("value", name, upToBody) : bound("value", name);
  return { dataKey, body: bytes.subarray(headSize + wrappedSize), also };
}

/** The name of a secret that was taken over from the first tables: its owner is `former/`, the name, and the version. */
function formerOwner(owner: string): string {
  return owner.replace(/^former\//, "").replace(/\/\d+$/, "");
}

function bound(purpose: "key" | "value", owner: string, head: Uint8Array = Buffer.alloc(0)): Buffer {
  return Buffer.concat([Buffer.from(`tributary ${purpose}\0`), head, Buffer.from(owner, "utf8")]);
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
