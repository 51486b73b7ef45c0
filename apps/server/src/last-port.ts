import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import type { Config } from "#server/config.ts";

type Place = Pick<Config, "addresses" | "dataFolder">;
type Addresses = Config["addresses"];

const fileOf = (dataFolder: string) => join(dataFolder, "last-port");

/**
 * Where to listen. Where any port will do, that is the one of the last time, if nobody has it: workers that were started
 * then know no other.
 */
export async function addressesOf({ addresses, dataFolder }: Place): Promise<Addresses> {
  const [first, ...others] = addresses;
  if (first?.port !== 0) return addresses;
  const port = Number(await readFile(fileOf(dataFolder), "utf8").catch(() => "0"));
  const isKnown = Number.isInteger(port) && port > 0 && port < 65_536;
  return isKnown && (await isFree(first.host, port)) ? [{ ...first, port }, ...others] : addresses;
}

/** Keeps the port for {@link addressesOf} of the next start. */
export async function keepPort({ addresses, dataFolder }: Place, port: number): Promise<void> {
  if (addresses[0]?.port === 0) await writeFile(fileOf(dataFolder), `${port}\n`);
}

async function isFree(host: string, port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, host);
    await once(server, "listening");
  } catch {
    return false;
  }
  server.close();
  await once(server, "close");
  return true;
}
