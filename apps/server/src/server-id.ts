import { randomUUID } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** The id of the server that has a data folder; made at its first start. */
export async function serverIdOf(dataFolder: string): Promise<string> {
  const file = join(dataFolder, "server.id");
  try {
    const id = (await readFile(file, "utf8")).trim();
    if (id !== "") return id;
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
  const id = randomUUID();
  await writeFile(file, `${id}\n`, { mode: 0o600 });
  return id;
}
