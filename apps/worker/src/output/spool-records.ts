import type { LogStream } from "@tributary/proto/tributary/v1/logs_pb";
import type { MaskerPosition } from "../masking/masker.ts";

/** A stretch of one stream of an attempt's output. */
export interface Piece {
  readonly stream: LogStream;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly content: Uint8Array;
}

/** What a segment of the spool is made of. */
export type SpoolRecord =
  /** Output in its final order; what the stream held back is part of it and no longer held. */
  | ({ readonly kind: "piece" } & Piece)
  /** More of a stream's unfinished line. */
  | { readonly kind: "held"; readonly stream: LogStream; readonly content: Uint8Array }
  /** Where a stream's masker stands. */
  | { readonly kind: "masker"; readonly stream: LogStream; readonly position: MaskerPosition };

const KINDS = ["piece", "held", "masker"] as const;
/** Kind, stream, 2 unused, length of the content as 32 bits, time as a double. */
const HEAD = 16;

export function encodeRecord(record: SpoolRecord): Uint8Array[] {
  const content = record.kind === "masker" ? encodePosition(record.position) : record.content;
  const head = Buffer.alloc(HEAD);
  head[0] = KINDS.indexOf(record.kind);
  head[1] = record.stream;
  head.writeUInt32LE(content.length, 4);
  head.writeDoubleLE(record.kind === "piece" ? record.time : 0, 8);
  return [head, content];
}

/** Reads records up to the end or to one that is not whole, which a sudden death may have left; `size` is what was read. */
export function decodeRecords(bytes: Buffer): { records: SpoolRecord[]; size: number } {
  const records: SpoolRecord[] = [];
  let at = 0;
  while (at + HEAD <= bytes.length) {
    const end = at + HEAD + bytes.readUInt32LE(at + 4);
    const kind = KINDS[bytes[at]!];
    if (kind === undefined || end > bytes.length) break;
    const stream: LogStream = bytes[at + 1]!;
    const content = bytes.subarray(at + HEAD, end);
    if (kind === "piece") records.push({ kind, stream, time: bytes.readDoubleLE(at + 8), content });
    else if (kind === "held") records.push({ kind, stream, content });
    else records.push({ kind, stream, position: decodePosition(content) });
    at = end;
  }
  return { records, size: at };
}

function encodePosition({ pattern, depth, covered }: MaskerPosition): Buffer {
  const bytes = Buffer.alloc(12);
  [pattern, depth, covered].forEach((value, index) => {
    bytes.writeInt32LE(value, index * 4);
  });
  return bytes;
}

function decodePosition(bytes: Buffer): MaskerPosition {
  return { pattern: bytes.readInt32LE(0), depth: bytes.readInt32LE(4), covered: bytes.readInt32LE(8) };
}
