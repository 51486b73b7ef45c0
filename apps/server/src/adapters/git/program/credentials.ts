import { randomUUID } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { GitFetch } from "#core/ports/git.ts";
import type { GitHome } from "./environment.ts";

/** Environment by which one git process logs in; `discard` removes what was written for it. */
export interface Login {
  readonly env: Readonly<Record<string, string>>;
  /** The keys by which an ssh host is known now; empty before it showed one. */
  hostKeys?(): Promise<string>;
  discard(): Promise<void>;
}

/** Characters of what is kept of a host's keys. */
const mostKnown = 16_384;

/** Many hosts want some name with a token, and take any. */
const anyName = "git";

export async function makeLogin(home: GitHome, ask: GitFetch): Promise<Login> {
  const http = /^(https?):\/\/([^/?#]+)/.exec(ask.repository);
  if (http?.[1] !== undefined && http[2] !== undefined) return httpLogin(home, ask, http[1], http[2]);
  return sshLogin(home, ask);
}

function httpLogin(home: GitHome, { username, password }: GitFetch, scheme: string, host: string): Login {
  if (password === undefined) return { env: {}, discard: async () => {} };
  return {
    env: {
      GIT_ASKPASS: home.askpass,
      TRIBUTARY_GIT_SCHEME: scheme,
      TRIBUTARY_GIT_HOST: host,
      TRIBUTARY_GIT_ORIGIN: `${scheme}://${host}`,
      TRIBUTARY_GIT_USERNAME: username || anyName,
      TRIBUTARY_GIT_PASSWORD: password,
    },
    discard: async () => {},
  };
}

/** The secret of an ssh source is a private key, or a password. No key of the server's own user is ever used. */
async function sshLogin(home: GitHome, { username, password, hostKeys = "" }: GitFetch): Promise<Login> {
  const isKey = password !== undefined && /^-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(password.trimStart());
  const key = isKey ? await writeKey(home, password) : undefined;
  const known = await writeFor(home, hostKeys);
  const trust = hostKeys === "" ? "accept-new" : "yes";
  const options = [
    "-F /dev/null",
    ...[
      `StrictHostKeyChecking=${trust}`,
      "HashKnownHosts=no",
      "UpdateHostKeys=no",
      "ConnectTimeout=30",
      "ServerAliveInterval=15",
      "IdentitiesOnly=yes",
    ].map((option) => `-o ${option}`),
    // From git's home, in which it runs: ssh takes a path with a space in it for two.
    `-o UserKnownHostsFile=${known}`,
    "-o IdentityAgent=none -o NumberOfPasswordPrompts=1 -o ForwardAgent=no -o ClearAllForwardings=yes",
    key === undefined ? "-o IdentityFile=none" : `-i ${key}`,
    password === undefined || isKey ? "-o BatchMode=yes" : "-o PubkeyAuthentication=no",
    ...(username && /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(username) ? [`-o User=${username}`] : []),
  ];
  const asked = password === undefined || isKey ? {} : passwordEnvironment(home, password);
  return {
    env: { GIT_SSH_COMMAND: `ssh ${options.join(" ")}`, GIT_SSH_VARIANT: "ssh", ...asked },
    hostKeys: async () => (await readFile(join(home.folder, known), "utf8")).trim().slice(0, mostKnown),
    async discard() {
      for (const file of [key, known]) if (file !== undefined) await rm(join(home.folder, file), { force: true });
    },
  };
}

function passwordEnvironment(home: GitHome, password: string): Readonly<Record<string, string>> {
  return {
    SSH_ASKPASS: home.askpass,
    SSH_ASKPASS_REQUIRE: "force",
    TRIBUTARY_GIT_SCHEME: "ssh",
    TRIBUTARY_GIT_PASSWORD: password,
  };
}

/** ssh takes a key with one end of line only. */
function writeKey(home: GitHome, key: string): Promise<string> {
  return writeFor(home, key.trim().replaceAll("\r\n", "\n"));
}

/** A file for one process; answers its path from git's home. */
async function writeFor(home: GitHome, text: string): Promise<string> {
  const path = join("keys", randomUUID());
  await writeFile(join(home.folder, path), text === "" ? "" : `${text}\n`, { mode: 0o600, flag: "wx" });
  return path;
}
