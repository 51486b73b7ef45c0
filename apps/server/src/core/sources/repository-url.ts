import { RefusedError } from "#core/errors.ts";

const longest = 2048;
const allowed = "give an address that begins with https://, http:// or ssh://, or user@host:path";

/** `user@host:path`, as ssh takes it; the host may be an IPv6 address in brackets. */
const scpForm = /^([A-Za-z0-9_][A-Za-z0-9_.-]*)@([A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9A-Fa-f:.]+\]):(.+)$/;
const userForm = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;
/** A name, an IPv4 address, or an IPv6 address in brackets; a port. */
const hostForm = /^([\p{L}\p{N}][\p{L}\p{N}._-]*|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?$/u;
const exampleForm = /^example:[a-z0-9][a-z0-9-]*$/;

function refuse(why: string): RefusedError {
  return new RefusedError("invalid", `repository: ${why}`, "repository");
}

function shown(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}

/**
 * Lets through only addresses of repositories that git reaches over a network by http, https or ssh, and
 * `example:<name>`, a project that is bundled with the server.
 *
 * Git takes far more: `ext::<command>` runs a command, `file:` and plain paths read this machine, and an operand with a
 * leading dash is an option.
 *
 * @throws RefusedError `invalid`, field `repository`
 */
export function checkRepositoryUrl(text: string): void {
  if (text === "") throw refuse(`is empty; ${allowed}`);
  if (text.length > longest) throw refuse(`has ${text.length} characters, at most ${longest} are allowed`);
  if (/[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff]/.test(text)) {
    throw refuse("contains a control character; remove it");
  }
  if (/\s/.test(text)) throw refuse("contains white space; remove it, or write a space in a path as %20");
  if (text.startsWith("-")) throw refuse(`${shown(text)} begins with a dash; ${allowed}`);
  if (text.includes("\\")) throw refuse(`contains a backslash; ${allowed}`);
  if (exampleForm.test(text)) return;
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) {
    checkScpForm(text);
    return;
  }
  if (scheme !== "https" && scheme !== "http" && scheme !== "ssh") {
    throw refuse(`${scheme}:// is not allowed; ${allowed}`);
  }
  // Git takes the scheme as it is written, and knows none in capitals.
  if (!text.startsWith(scheme)) throw refuse(`write ${scheme}:// in lower case`);
  checkUrl(text, scheme);
}

function checkScpForm(text: string): void {
  // No text is shown here: what has no scheme may have a password before the @.
  const [, , , path] = scpForm.exec(text) ?? [];
  if (path === undefined) {
    throw refuse(/^example:/.test(text) ? "example: names no bundled project" : `is not an address of git; ${allowed}`);
  }
  // `host::path` names a helper program of git's, not a host.
  if (path.startsWith(":")) throw refuse(`"::" is not allowed; ${allowed}`);
  if (path.startsWith("-")) throw refuse(`its path begins with a dash; ${allowed}`);
}

function checkUrl(text: string, scheme: "https" | "http" | "ssh"): void {
  // Not by the URL class: git and curl read an address otherwise in places, and what they read counts.
  const [, authority = "", path = ""] = /^[a-z]+:\/\/([^/?#]*)(.*)$/.exec(text) ?? [];
  const at = authority.lastIndexOf("@");
  if (at >= 0) checkUser(authority.slice(0, at), scheme);
  const [, host, port = "1"] = hostForm.exec(authority.slice(at + 1)) ?? [];
  if (host === undefined) throw refuse(`names no host that can be read; ${allowed}`);
  if (Number(port) < 1 || Number(port) > 65_535) throw refuse("its port is not a number from 1 to 65535");
  if (path.includes("#")) throw refuse('contains "#"; leave out what follows it: the default branch is read');
  if (!/^\/+[^/?]/.test(path)) throw refuse("names a host but no repository; add its path");
  if (/^\/+(-|%2d)/i.test(path)) throw refuse(`its path begins with a dash; ${allowed}`);
}

function checkUser(user: string, scheme: "https" | "http" | "ssh"): void {
  if (scheme !== "ssh" || user.includes(":")) {
    throw refuse("contains a user name or password; leave it out and give the user name and a secret with the source");
  }
  if (!userForm.test(user)) throw refuse(`its user name cannot be read; ${allowed}`);
}
