import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import { runProgram } from "../python/run-program.ts";
import type { EngineChoice } from "./engine-choice.ts";

/** The program that runs containers on this machine, and how it is called. */
export interface Engine {
  readonly kind: "podman" | "docker";
  /** Absolute. */
  readonly program: string;
  readonly version: string;
  /** Between the program and what it is to do. */
  readonly engineOptions: readonly string[];
  /** For each container. */
  readonly containerOptions: readonly string[];
  /** A small first process that passes signals on can be put into containers. */
  readonly hasInit: boolean;
  /** What its client sees of the worker's environment. */
  readonly env: Readonly<Record<string, string>>;
}

/** An engine that answers, or why there is none. */
export type FoundEngine = { readonly engine: Engine } | { readonly why: string };

/** A daemon that hangs must not keep the worker from what it can do. */
const ANSWER_MS = 5_000;

/** Asks the engines of this machine, podman first, and takes the first that answers. */
export async function findEngine(
  { wanted, engineOptions, containerOptions }: EngineChoice,
  own: NodeJS.ProcessEnv = process.env,
): Promise<FoundEngine> {
  if (wanted === "off") return { why: "Containers are switched off for this worker." };
  const env = engineEnvironment(own);
  const reasons: string[] = [];
  for (const kind of wanted === "auto" ? (["podman", "docker"] as const) : [wanted]) {
    const program = findProgram(kind, env.PATH ?? "");
    if (program === undefined) {
      reasons.push(`${kind} was not found in the worker's PATH`);
      continue;
    }
    const options = { env: { ...env }, timeoutMs: ANSWER_MS };
    const { code, output } = await runProgram(program, [...engineOptions, ...question[kind]], options);
    const version = /^\d+\.\d+\S*$/m.exec(output)?.[0];
    if (code === 0 && version !== undefined) {
      const hasInit = kind === "docker" || podmanInits.some((path) => existsSync(path));
      return { engine: { kind, program, version, engineOptions, containerOptions, hasInit, env } };
    }
    reasons.push(`${kind} does not answer: ${lastLine(output) || "it said nothing in time"}`);
  }
  return { why: `${reasons.join("; ")}.` };
}

/** Asks the part that runs containers, not only the client. */
const question = {
  podman: ["info", "--format", "{{.Version.Version}}"],
  docker: ["version", "--format", "{{.Server.Version}}"],
} as const;

/** Where podman looks for it unless it is told otherwise. */
const podmanInits = ["/usr/libexec/podman/catatonit", "/usr/local/libexec/podman/catatonit", "/usr/bin/catatonit"];

function findProgram(name: string, path: string): string | undefined {
  return path
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((candidate) => isAbsolute(candidate) && isExecutable(candidate));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The last line that says something, for a message. */
export function lastLine(output: string): string {
  const lines = output.split("\n").flatMap((line) => line.trim() || []);
  return (lines.at(-1) ?? "").slice(0, 500);
}

const FOR_ENGINES =
  /^(PATH|HOME|USER|LANG|TZ|TMPDIR|NETRC|XDG_(RUNTIME_DIR|CONFIG_HOME|DATA_HOME|CACHE_HOME)|DBUS_SESSION_BUS_ADDRESS|DOCKER_[A-Z_]+|CONTAINER_[A-Z_]+|CONTAINERS_[A-Z_]+|REGISTRY_AUTH_FILE|STORAGE_[A-Z_]+|SSL_CERT_(FILE|DIR)|(HTTPS?|NO|ALL)_PROXY|(https?|no|all)_proxy)$/;

/** Where the engine, its settings and the users' log-ins to registries are. */
function engineEnvironment(own: NodeJS.ProcessEnv): Record<string, string> {
  const pairs = Object.entries(own).flatMap(([name, value]) =>
    value !== undefined && FOR_ENGINES.test(name) ? [[name, value] as const] : [],
  );
  return { PATH: "/usr/local/bin:/usr/bin:/bin", ...Object.fromEntries(pairs), LC_ALL: "C.UTF-8" };
}

/** True for the name of a variable that would change what an engine's client does. */
export function isForEngine(name: string): boolean {
  return FOR_ENGINES.test(name) || /^(LD_|GO|LC_|_)/.test(name);
}
