import { PipeReader } from "../../src/output/pipe-reader.ts";

/** Both pipes of an attempt, read as the worker reads them. */
export interface PipesRead {
  pause(): void;
  resume(): void;
  /** Resolves after the last byte of both was given. */
  drained(): Promise<void>;
  settle(): void;
  close(): void;
}

/** @throws Error `ENOENT` when there are no such pipes */
export function readPipes(
  paths: { readonly out: string; readonly err: string },
  take: (pipe: "out" | "err", bytes: Buffer) => void,
): PipesRead {
  const names = paths.out === paths.err ? (["out"] as const) : (["out", "err"] as const);
  const readers: PipeReader[] = [];
  try {
    for (const name of names) readers.push(new PipeReader(paths[name], (bytes) => take(name, Buffer.from(bytes))));
  } catch (error) {
    for (const reader of readers) reader.close();
    throw error;
  }
  const each = (act: (reader: PipeReader) => void) => () => readers.forEach((reader) => void act(reader));
  each((reader) => reader.begin())();
  return {
    pause: each((reader) => reader.pause()),
    resume: each((reader) => reader.resume()),
    drained: async () => void (await Promise.all(readers.map(({ ended }) => ended))),
    settle: each((reader) => reader.settle()),
    close: each((reader) => reader.close()),
  };
}
