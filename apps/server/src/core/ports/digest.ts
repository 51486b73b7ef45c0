export interface Digest {
  /** SHA-256 of the text's UTF-8, hexadecimal. */
  sha256(text: string): string;
  /** HMAC-SHA-256 of bytes under the UTF-8 of a key, hexadecimal. */
  hmacSha256(key: string, bytes: Uint8Array): string;
  /** Whether two texts are the same, in a time that does not tell how much of them is. */
  same(one: string, other: string): boolean;
  /** A SHA-1 over bytes as they come. */
  sha1(): RunningDigest;
  /** The same by SHA-256. */
  runningSha256(): RunningDigest;
}

export interface RunningDigest {
  update(bytes: Uint8Array): void;
  /** Of everything so far, hexadecimal; to be asked once. */
  end(): string;
}
