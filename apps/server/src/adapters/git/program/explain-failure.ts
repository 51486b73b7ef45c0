import type { GitFailure, GitFetch } from "#core/ports/git.ts";
import { repeatsPassword } from "./repeats-password.ts";

const diskFull = /No space left on device|Disk quota exceeded/i;

interface Cause {
  readonly kind: GitFailure["kind"];
  readonly says: RegExp;
  explain(ask: GitFetch): string;
}

/** The first that fits. Git's own words, in its untranslated form, and those of curl and ssh. */
const causes: readonly Cause[] = [
  {
    kind: "unknown",
    says: diskFull,
    explain: () => "The server's disk is full: make room, and the next sync goes on.",
  },
  {
    kind: "host-key-changed",
    says: /Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED/i,
    explain: ({ repository }) =>
      `${hostOf(repository)} shows another ssh host key than at the first fetch. If its keys were changed on purpose, have this source forget the old ones; if not, somebody may be in between.`,
  },
  {
    kind: "unknown",
    says: /SSL certificate problem|server certificate verification failed|certificate subject name/i,
    explain: ({ repository }) =>
      `The certificate of ${hostOf(repository)} cannot be verified. Use a host with a certificate that this machine trusts, or add its authority to the machine.`,
  },
  {
    kind: "unknown",
    says: /cannot run ssh|ssh: (command )?not found/i,
    explain: () => "The server cannot run ssh: install it on its machine, or give the repository's https:// address.",
  },
  {
    kind: "repository-not-found",
    says: /Could not resolve (host|proxy)|Name or service not known|Temporary failure in name resolution/i,
    explain: ({ repository }) =>
      `There is no host ${hostOf(repository)}: check the address, and this machine's network.`,
  },
  {
    kind: "repository-not-found",
    says: /Connection refused|Failed to connect to|Couldn't connect to server|No route to host|Network is unreachable|Connection timed out|Operation timed out/i,
    explain: ({ repository }) =>
      `${hostOf(repository)} cannot be reached (connection refused or no answer): check host and port of the address.`,
  },
  {
    kind: "auth-failure",
    says: /could not read (Username|Password)|terminal prompts disabled/i,
    explain: ({ repository, password }) =>
      password === undefined
        ? `${hostOf(repository)} asks for a login: the repository is private or does not exist. Give the source a user name and a secret with a token.`
        : `${hostOf(repository)} asks for a login in a place for which the secret is not meant: check the address for a redirect.`,
  },
  {
    kind: "auth-failure",
    says: /Authentication failed|Invalid username or (password|token)|HTTP Basic: Access denied|returned error: 40[137]|HTTP 40[13]\b/i,
    explain: (ask) => `${hostOf(ask.repository)} refuses the login: ${checkLogin(ask)}.`,
  },
  {
    kind: "auth-failure",
    says: /Permission denied \(|Permission denied, please try again|Load key .*(invalid|error)/i,
    explain: ({ repository, password }) =>
      password === undefined
        ? `${hostOf(repository)} asks for an ssh key: give the source a secret that holds a private key without a passphrase.`
        : `${hostOf(repository)} refuses the key or password: check the source's secret, which is a private key without a passphrase, or a password.`,
  },
  {
    kind: "repository-not-found",
    says: /returned error: 4(04|10)|repository .* not found|Repository not found|does not exist|does not appear to be a git repository|is this a git repository|could not be found/i,
    explain: ({ repository, password }) =>
      `${hostOf(repository)} has no repository at this address${password === undefined ? ", or shows it only to those who log in" : ", or this login may not see it"}: check the path.`,
  },
];

export function isDiskFull(stderr: string): boolean {
  return diskFull.test(stderr);
}

/** What went wrong, for people, without credentials. */
export function explainFailure(stderr: string, ask: GitFetch): GitFailure {
  const cause = causes.find(({ says }) => says.test(stderr));
  if (cause) return { ok: false, kind: cause.kind, message: cause.explain(ask) };
  return { ok: false, kind: "unknown", message: `git could not read the repository: ${lastWords(stderr, ask)}` };
}

function checkLogin({ username, password }: GitFetch): string {
  if (password === undefined) return "give the source a user name and a secret with a token";
  return username ? "check the source's user name and secret" : "check the source's secret, and give its user name";
}

/** Host and port of an address, of any of its forms. */
export function hostOf(repository: string): string {
  const host =
    /^[a-z]+:\/\/(?:[^@/]*@)?([^/?#]+)/i.exec(repository)?.[1] ?? /^[^@/]*@(\[[^\]]*\]|[^:]*):/.exec(repository)?.[1];
  return host ?? "the host";
}

/** What says nothing of the reason. */
const filler =
  /^(Please make sure you have|and the repository exists|Could not read from remote|Warning: Permanently added)/;

function lastWords(stderr: string, ask: GitFetch): string {
  const lines = stderr.split("\n").map((line) => line.replace(/^(fatal|error|remote):\s*/i, "").trim());
  const last = lines.filter((line) => line !== "" && !filler.test(line)).at(-1) ?? "it said nothing";
  if (repeatsPassword(last, ask)) return "what it says has the login in it, and is left out";
  return last
    .replace(/\/\/[^/@\s]+@/g, "//")
    .replace(/[\u0000-\u001f\u007f]/g, " ")
    .slice(0, 300);
}
