import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { InputFile } from "./inputs.ts";

/** Where one attempt keeps its things. */
export interface AttemptFolder {
  readonly path: string;
  /** The working directory. */
  readonly work: string;
  readonly home: string;
  readonly tmp: string;
  /** Named pipes, made by the launcher. */
  readonly out: string;
  readonly err: string;
  /** A Python environment that is this attempt's alone. */
  readonly environment: string;
}

export function attemptFolder(attempts: string, key: string): AttemptFolder {
  const path = join(attempts, key);
  const part = (name: string) => `${path}/${name}`;
  return {
    path,
    work: part("work"),
    home: part("home"),
    tmp: part("tmp"),
    out: part("out"),
    err: part("err"),
    environment: part("environment"),
  };
}

/** Makes the folders of the process anew, empty. */
export async function clearAttemptFolder({ work, home, tmp, environment }: AttemptFolder): Promise<void> {
  await rm(environment, { recursive: true, force: true });
  for (const folder of [work, home, tmp]) {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { mode: 0o700 });
  }
}

const INPUTS = "inputs.json";

/** Keeps what the files were when fetched, to tell the changed ones later, maybe by another worker process. */
export async function keepInputs({ path }: AttemptFolder, inputs: ReadonlyMap<string, InputFile>): Promise<void> {
  await writeFile(join(path, `${INPUTS}.new`), JSON.stringify([...inputs]));
  await rename(join(path, `${INPUTS}.new`), join(path, INPUTS));
}

/** What {@link keepInputs} kept; nothing when there were no inputs. */
export async function readInputs({ path }: AttemptFolder): Promise<ReadonlyMap<string, InputFile>> {
  const text = await readFile(join(path, INPUTS), "utf8").catch(() => "[]");
  const entries: [string, InputFile][] = JSON.parse(text);
  return new Map(entries);
}
