import { closeSync, fstatSync, ftruncateSync, openSync, readdirSync, readFileSync, rmSync, writevSync } from "node:fs";
import { join } from "node:path";
import type { LogStream } from "@tributary/proto/tributary/v1/logs_pb";
import type { MaskerPosition } from "../masking/masker.ts";
import { decodeRecords, encodeRecord, type Piece, type SpoolRecord } from "./spool-records.ts";

const SEGMENT_BYTES = 4 << 20;

/** Name of the segment with which every attempt begins. */
export const FIRST_SEGMENT = segmentName(0);

function segmentName(start: number): string {
  return `log-${String(start).padStart(16, "0")}`;
}

/** What a spool found on disk holds. */
interface SpoolContent {
  /** Offset of the first piece within the attempt's output. */
  readonly start: number;
  readonly pieces: readonly Piece[];
  /** Unfinished lines. */
  readonly held: ReadonlyMap<LogStream, Uint8Array>;
  readonly maskers: ReadonlyMap<LogStream, MaskerPosition>;
}

interface Segment {
  readonly path: string;
  readonly start: number;
  end: number;
}

/**
 * Keeps masked output on disk until the server has it: files `log-<offset of the first byte>` in the attempt's folder,
 * written at once (the page cache outlives a killed worker) and removed once all of a file is acknowledged.
 *
 * Without room on the disk the spool gives up: output then only waits in memory, and a killed worker would lose it.
 */
export class Spool {
  readonly #folder: string;
  #segments: Segment[];
  #file: number | undefined;
  #size = 0;
  #end: number;
  #failed = false;

  /** @param end - offset behind the last piece; `segments` are those of an earlier worker */
  private constructor(folder: string, end: number, segments: Segment[]) {
    this.#folder = folder;
    this.#end = end;
    this.#segments = segments;
  }

  /** For a folder with nothing but an empty first segment. */
  static begin(folder: string): { spool: Spool; content: SpoolContent } {
    const spool = new Spool(folder, 0, [{ path: join(folder, FIRST_SEGMENT), start: 0, end: 0 }]);
    return { spool, content: { start: 0, pieces: [], held: new Map(), maskers: new Map() } };
  }

  /** Opens what is in the folder. */
  static open(folder: string): { spool: Spool; content: SpoolContent } {
    const paths = readdirSync(folder)
      .filter((name) => /^log-\d+$/.test(name))
      .sort();
    const segments: Segment[] = [];
    const pieces: Piece[] = [];
    const held = new Map<LogStream, Uint8Array>();
    const maskers = new Map<LogStream, MaskerPosition>();
    for (const name of paths) {
      const start = Number(name.slice("log-".length));
      const path = join(folder, name);
      const found = readSegment(path);
      // A segment begins by repeating what is held, so what the one before said of it no longer counts.
      held.clear();
      for (const record of found) applyRecord(record, { pieces, held, maskers });
      segments.push({ path, start, end: start + pieceBytes(found) });
    }
    const spool = new Spool(folder, segments.at(-1)?.end ?? 0, segments);
    return { spool, content: { start: segments[0]?.start ?? 0, pieces, held, maskers } };
  }

  /** Bytes of output written so far, from the attempt's begin. */
  get end(): number {
    return this.#end;
  }

  /** True once the disk refused output; see the class. */
  get failed(): boolean {
    return this.#failed;
  }

  /** Appends records. `state` tells what a new segment must begin with, as it is after these records. */
  write(records: readonly SpoolRecord[], state: () => readonly SpoolRecord[]): void {
    for (const record of records) if (record.kind === "piece") this.#end += record.content.length;
    if (this.#failed) return;
    try {
      if (this.#file === undefined) this.#open(this.#end - pieceBytes(records));
      this.#append(records);
      if (this.#size >= SEGMENT_BYTES) this.#begin(this.#end, state());
    } catch {
      this.#failed = true;
      this.remove();
    }
  }

  /** Removes the segments that end at or before `offset`. */
  release(offset: number): void {
    while (this.#segments[0] !== undefined && this.#segments.length > 1 && this.#segments[0].end <= offset) {
      rmSync(this.#segments.shift()!.path, { force: true });
    }
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  remove(): void {
    this.close();
    for (const { path } of this.#segments) rmSync(path, { force: true });
    this.#segments = [];
  }

  #begin(start: number, state: readonly SpoolRecord[]): void {
    this.close();
    const path = join(this.#folder, segmentName(start));
    this.#file = openSync(path, "a", 0o600);
    this.#size = 0;
    this.#segments.push({ path, start, end: start });
    this.#append(state);
  }

  /** Goes on where an earlier worker stopped, or begins. */
  #open(start: number): void {
    const last = this.#segments.at(-1);
    if (last === undefined) {
      this.#begin(start, []);
      return;
    }
    this.#file = openSync(last.path, "a", 0o600);
    this.#size = fstatSync(this.#file).size;
  }

  #append(records: readonly SpoolRecord[]): void {
    const parts = records.flatMap(encodeRecord);
    if (parts.length === 0 || this.#file === undefined) return;
    const size = parts.reduce((sum, part) => sum + part.length, 0);
    const written = writevSync(this.#file, parts);
    if (written !== size) throw new Error("the disk is full");
    this.#size += size;
    this.#segments.at(-1)!.end = this.#end;
  }
}

function readSegment(path: string): SpoolRecord[] {
  const bytes = readFileSync(path);
  const { records, size } = decodeRecords(bytes);
  if (size < bytes.length) {
    const file = openSync(path, "r+");
    ftruncateSync(file, size);
    closeSync(file);
  }
  return records;
}

function pieceBytes(records: readonly SpoolRecord[]): number {
  return records.reduce((sum, record) => sum + (record.kind === "piece" ? record.content.length : 0), 0);
}

interface Replay {
  readonly pieces: Piece[];
  readonly held: Map<LogStream, Uint8Array>;
  readonly maskers: Map<LogStream, MaskerPosition>;
}

function applyRecord(record: SpoolRecord, { pieces, held, maskers }: Replay): void {
  if (record.kind === "masker") maskers.set(record.stream, record.position);
  else if (record.kind === "held") {
    held.set(record.stream, Buffer.concat([held.get(record.stream) ?? new Uint8Array(), record.content]));
  } else {
    pieces.push({ stream: record.stream, time: record.time, content: record.content });
    held.delete(record.stream);
  }
}
