/** The first `most` bytes, or a few less so that no character of UTF-8 is cut in two. */
export function cutAtCharacter(bytes: Buffer, most: number): Buffer {
  if (bytes.length <= most) return bytes;
  let start = most;
  // A character has three bytes that continue it at most; more are none of UTF-8 and are cut anywhere.
  while (start > 0 && most - start < 3 && isContinuation(bytes[start])) start--;
  return bytes.subarray(0, isContinuation(bytes[start]) ? most : start);
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0b1100_0000) === 0b1000_0000;
}
