import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { root } from "./root.ts";

const most = { bytes: 512 * 1024, lines: 600 };

const source = /\.(ts|tsx|mjs|js|py|sh)$/;

/** Names that say nothing of what is inside. */
const empty =
  /(^|\/)(utils?|helpers?|common|misc|managers?|services?|base|data|info|handlers?|handle)(\.test)?\.(ts|tsx|py|css)$/;

/** Where packages come from is the business of whoever installs them. Spelled so that this file passes, too. */
const registries = [
  ["registry", "npmjs", "org"],
  ["pypi", "org"],
  ["files", "pythonhosted", "org"],
  ["proxy", "golang", "org"],
  ["index", "crates", "io"],
  ["repo", "maven", "apache", "org"],
  ["deb", "debian", "org"],
].map((parts) => parts.join("."));

/** Folders of the machine on which somebody worked, each as the beginning of a path; `/root` is on every machine. */
const places = [...new Set([root, homedir(), `/${"work"}`])].filter((place) => !["/", "/root"].includes(place));

/** What git leaves where two changes met, and somebody was to choose. */
const conflict = /^(?:<{7}|>{7}) /m;

const names = (text: string, place: string) => new RegExp(`(?<![\\w.])${RegExp.escape(place)}(?![\\w-])`).test(text);

/** What is wrong with one file: a phrase each. */
export function faultsOf(path: string, content: Buffer): string[] {
  const text = content.toString("utf8");
  const lines = text.split("\n").length - 1;
  return [
    ...(content.length > most.bytes ? [`is larger than ${most.bytes / 1024} KiB`] : []),
    ...(source.test(path) && lines > most.lines ? [`has ${lines} lines: split it, ${most.lines} are the limit`] : []),
    ...(empty.test(path) ? ["has a name that says nothing: name it after what it exports"] : []),
    ...(conflict.test(text) ? ["has marks of a conflict: choose what is to stay"] : []),
    ...places.filter((place) => names(text, place)).map((place) => `names a folder of this machine: ${place}`),
    ...registries.filter((host) => text.includes(host)).map((host) => `names a package registry: ${host}`),
  ];
}

/** Every file that is in git or would be added to it. */
function filesInGit(): string[] {
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: root });
  return listed
    .toString("utf8")
    .split("\0")
    .filter((path) => path && existsSync(join(root, path)));
}

if (import.meta.main) {
  const faults = filesInGit().flatMap((path) =>
    faultsOf(path, readFileSync(join(root, path))).map((fault) => `${path} ${fault}`),
  );
  for (const fault of faults) console.log(fault);
  process.exitCode = faults.length > 0 ? 1 : 0;
}
