import type { FileBytes } from "#core/ports/tables.ts";

/** Bytes of a page of text, at most. */
export const textPageBytes = 256 * 1024;

const headBytes = 8 * 1024;
const newLine = 0x0a;

export interface TextPage {
  readonly text: string;
  /** Where the next page begins; unset at the end. */
  readonly next?: number;
}

/** Whether a file begins like text: UTF-8 and no NUL. */
export async function looksLikeText(file: FileBytes): Promise<boolean> {
  const head = await file.read(0, Math.min(headBytes, file.size));
  if (head.includes(0)) return false;
  try {
    // A character that the end of the head cuts is no sign of anything.
    new TextDecoder("utf-8", { fatal: true }).decode(head, { stream: true });
    return true;
  } catch {
    return false;
  }
}

/** A page of text from a byte on. It ends with a line where one does, and never within a character. */
export async function readText(file: FileBytes, from: number): Promise<TextPage> {
  const bytes = await file.read(from, Math.min(from + textPageBytes, file.size));
  const end = from + bytes.length;
  if (end >= file.size) return { text: decoded(bytes) };
  const length = wholeLines(bytes) || wholeCharacters(bytes);
  return { text: decoded(bytes.subarray(0, length)), next: from + length };
}

function decoded(bytes: Uint8Array): string {
  return new TextDecoder("utf-8").decode(bytes);
}

function wholeLines(bytes: Uint8Array): number {
  return bytes.lastIndexOf(newLine) + 1;
}

/** Without a character at the end that is not all there. */
function wholeCharacters(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(4, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}
