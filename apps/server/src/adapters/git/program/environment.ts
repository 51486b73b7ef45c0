import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** What of the server's environment git gets: how to find programs, proxies and certificates. */
const passedOn = [
  "PATH",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "ALL_PROXY",
  "NO_PROXY",
  "http_proxy",
  "https_proxy",
  "all_proxy",
  "no_proxy",
  "GIT_SSL_CAINFO",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "TMPDIR",
];

const usualPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/homebrew/bin";

/** Files of git's own, apart from any user's. */
export interface GitHome {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly askpass: string;
}

/**
 * Answers what git or ssh asks for, from the environment of that one process, and only for the host it is meant for: a
 * redirect elsewhere gets nothing.
 */
const askpassScript = `#!/bin/sh
case "$1" in
  "Username for '$TRIBUTARY_GIT_ORIGIN': ") printf '%s\\n' "$TRIBUTARY_GIT_USERNAME" ;;
  "Password for '$TRIBUTARY_GIT_SCHEME://"*"@$TRIBUTARY_GIT_HOST': ") printf '%s\\n' "$TRIBUTARY_GIT_PASSWORD" ;;
  *"'s password: " | *"Password: " | "Password for "*"@"*) [ "$TRIBUTARY_GIT_SCHEME" = ssh ] && printf '%s\\n' "$TRIBUTARY_GIT_PASSWORD" ;;
  *) exit 1 ;;
esac
`;

export async function makeGitHome(
  folder: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<GitHome> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // Keys that an earlier process had no time to remove.
  await rm(join(folder, "keys"), { recursive: true, force: true });
  await mkdir(join(folder, "keys"), { mode: 0o700 });
  const askpass = join(folder, "askpass");
  await writeFile(askpass, askpassScript, { mode: 0o700 });
  const passed = passedOn.flatMap((name) => {
    const value = environment[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const env = {
    PATH: usualPath,
    ...Object.fromEntries(passed),
    HOME: folder,
    GIT_CEILING_DIRECTORIES: dirname(folder),
    LC_ALL: "C",
    GIT_TERMINAL_PROMPT: "0",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_ATTR_NOSYSTEM: "1",
    GIT_ALLOW_PROTOCOL: "http:https:ssh",
    GIT_LITERAL_PATHSPECS: "1",
    GIT_LFS_SKIP_SMUDGE: "1",
    GIT_NO_REPLACE_OBJECTS: "1",
    GIT_OPTIONAL_LOCKS: "0",
  };
  return { folder, env, askpass };
}
