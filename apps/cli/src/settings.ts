import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { Failure, UsageFailure } from "#cli/failure.ts";

/** What this program is told from outside: the only reader of the environment. */
export interface Environment {
  readonly server: string | undefined;
  readonly token: string | undefined;
  readonly tokensFile: string;
  /** Whether people read what is printed. */
  readonly color: boolean;
}

const usualServer = "http://127.0.0.1:3342";

export function readEnvironment(variables: NodeJS.ProcessEnv = process.env): Environment {
  const config = variables.XDG_CONFIG_HOME || join(variables.HOME || homedir(), ".config");
  return {
    server: variables.TRIBUTARY_SERVER || undefined,
    token: variables.TRIBUTARY_TOKEN || undefined,
    tokensFile: join(config, "tributary", "tokens.json"),
    color: variables.NO_COLOR === undefined && process.stdout.isTTY === true,
  };
}

/** The address of a server without anything behind the port. */
export function toServer(text: string = usualServer): string {
  const address = /^[a-z]+:\/\//.test(text) ? text : `http://${text}`;
  if (!URL.canParse(address))
    throw new UsageFailure(`--server: ${text} is no address; write for example ${usualServer}`);
  const { protocol, origin } = new URL(address);
  if (protocol !== "http:" && protocol !== "https:") {
    throw new UsageFailure(`--server: ${text} is neither http nor https`);
  }
  return origin;
}

type Tokens = Readonly<Record<string, string>>;

async function readTokens(file: string): Promise<Tokens> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "{}";
    throw error;
  });
  try {
    const tokens: unknown = JSON.parse(text);
    if (typeof tokens === "object" && tokens !== null) return tokens as Tokens;
  } catch {
    // told below
  }
  throw new Failure(`${file} is damaged; remove it and log in again`);
}

/** The token for a server: of the environment, or the one that login has kept. */
export async function tokenFor(environment: Environment, server: string): Promise<string | undefined> {
  return environment.token ?? (await readTokens(environment.tokensFile))[server];
}

/** Keeps a token for a server, or forgets it, in a file that only this user can read. */
export async function keepToken({ tokensFile }: Environment, server: string, token: string | undefined): Promise<void> {
  const { [server]: _, ...others } = await readTokens(tokensFile);
  await mkdir(dirname(tokensFile), { recursive: true, mode: 0o700 });
  // A file that others could read keeps its mode when it is written again.
  await rm(tokensFile, { force: true });
  const tokens = token === undefined ? others : { ...others, [server]: token };
  await writeFile(tokensFile, `${JSON.stringify(tokens, null, 2)}\n`, { mode: 0o600 });
}
