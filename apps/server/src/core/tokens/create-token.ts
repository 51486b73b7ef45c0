import { RefusedError } from "#core/errors.ts";
import { newId } from "#core/ids.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import type { Role } from "#core/principal.ts";
import { clientDialects, isUsable, type Token } from "#core/tokens/token.ts";
import { newTokenText } from "#core/tokens/token-text.ts";

const longestName = 100;
const mostProjects = 100;
/** Who calls without a token has these names. */
const reserved: readonly string[] = ["local", "local-worker", "anonymous"];

export interface CreateToken {
  readonly name: string;
  readonly role: Role;
  /** Names of the only projects it is for; empty means all. */
  readonly projects: readonly string[];
  readonly clientDialect?: string;
  /** For a worker: the only one that it is for, by name. */
  readonly workerName?: string;
  /** For workers: more than one may use it. */
  readonly manyWorkers?: boolean;
  readonly expiresAt?: number;
  /** Who makes it. */
  readonly by: string;
}

/** A token with its text, which nobody can show again. */
export interface NewToken {
  readonly token: Token;
  readonly text: string;
}

type TokenPorts = Pick<Ports, "store" | "clock" | "random" | "digest" | "tokens">;

/** Unit of work. */
async function insertToken(tx: Tx, token: Token): Promise<Token> {
  const taken = (await tx.tokens.all()).some(
    (other) => other.kind === "api" && other.name === token.name && isUsable(other, token.createdAt),
  );
  if (taken) {
    throw new RefusedError(
      "already-exists",
      `name: there is a token ${token.name} already; revoke it, or choose another name`,
      "name",
    );
  }
  await tx.tokens.put([token]);
  await tx.journal.append([{ kind: "token-changed", tokenId: token.id, at: token.createdAt }]);
  return token;
}

/**
 * Makes an API token. Its text is answered this once and kept nowhere.
 *
 * @throws RefusedError `invalid`; `already-exists` while a token of that name can be used
 */
export async function createToken(ports: TokenPorts, ask: CreateToken): Promise<NewToken> {
  const now = ports.clock.now();
  checkAsk(ask, now);
  const made = newToken(ports, ask, now);
  const token = await ports.store.transact(insertToken, made.token);
  ports.tokens.put([token]);
  return { token, text: made.text };
}

/** A token that is not kept yet, and its text, which nobody can show again. */
export function newToken(
  { random, digest }: Pick<TokenPorts, "random" | "digest">,
  ask: CreateToken,
  now: number,
): NewToken {
  const text = newTokenText(random, "api");
  const { name, role, projects, clientDialect, workerName, manyWorkers, expiresAt, by } = ask;
  const token: Token = {
    id: newId(random, "token", 8),
    kind: "api",
    hash: digest.sha256(text),
    name: name.trim(),
    role,
    createdAt: now,
    createdBy: by,
    ...(projects.length === 0 ? {} : { projects: [...new Set(projects)].sort() }),
    ...(clientDialect ? { clientDialect } : {}),
    ...(role === "worker" ? { workers: manyWorkers ? ("many" as const) : ("one" as const) } : {}),
    ...(workerName ? { workerName } : {}),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
  return { token, text };
}

/** Unit of work: keeps the first admin's token where nobody has one. */
async function insertFirstToken(tx: Tx, token: Token): Promise<boolean> {
  const admins = (await tx.tokens.all()).filter(
    ({ kind, role, projects }) => kind === "api" && role === "admin" && !projects,
  );
  if (admins.some((admin) => isUsable(admin, token.createdAt))) return false;
  await tx.tokens.put([token]);
  await tx.journal.append([{ kind: "token-changed", tokenId: token.id, at: token.createdAt }]);
  return true;
}

/**
 * Makes an admin's token where no admin has one that can be used, for otherwise nobody could make any.
 *
 * @returns its text; undefined where there is one
 */
export async function createFirstToken(ports: TokenPorts): Promise<string | undefined> {
  const now = ports.clock.now();
  // The name tells it from a first one that was lost.
  const name = `first-admin-${newId(ports.random, "", 4)}`;
  const { token, text } = newToken(ports, { name, role: "admin", projects: [], by: "first start" }, now);
  if (!(await ports.store.transact(insertFirstToken, token))) return undefined;
  ports.tokens.put([token]);
  return text;
}

function checkAsk(ask: CreateToken, now: number): void {
  checkName(ask.name.trim());
  checkProjects(ask);
  checkWorker(ask);
  if (ask.expiresAt !== undefined && !(ask.expiresAt > now)) {
    throw new RefusedError(
      "invalid",
      "expire_time: is in the past; choose a later one, or leave it out",
      "expire_time",
    );
  }
  if (ask.clientDialect && !clientDialects.includes(ask.clientDialect)) {
    throw new RefusedError(
      "invalid",
      `client_dialect: "${ask.clientDialect.slice(0, 40)}" is not known; leave it empty, or choose one of: ${clientDialects.join(", ")}`,
      "client_dialect",
    );
  }
}

function checkName(name: string): void {
  if (name === "" || name.length > longestName) {
    throw new RefusedError("invalid", `name: must have 1 to ${longestName} characters, has ${name.length}`, "name");
  }
  if (!/^[\p{L}\p{N}][\p{L}\p{N} ._@+-]*$/u.test(name)) {
    throw new RefusedError(
      "invalid",
      "name: may have letters, digits, spaces and . _ @ + -, and must begin with a letter or digit",
      "name",
    );
  }
  if (reserved.includes(name.toLowerCase())) {
    throw new RefusedError(
      "invalid",
      `name: ${name} is what callers without a token are called; choose another`,
      "name",
    );
  }
}

function checkWorker({ role, workerName, manyWorkers }: CreateToken): void {
  if (role === "worker") {
    if (!workerName || workerName.length <= 253) return;
    throw new RefusedError(
      "invalid",
      `worker_name: has ${workerName.length} characters, at most 253 are allowed`,
      "worker_name",
    );
  }
  const field = workerName ? "worker_name" : "many_workers";
  if (workerName || manyWorkers) {
    throw new RefusedError("invalid", `${field}: is for tokens of the role worker; leave it out`, field);
  }
}

function checkProjects({ role, projects }: CreateToken): void {
  const field = "project_names";
  if (projects.length > mostProjects) {
    throw new RefusedError("invalid", `${field}: has ${projects.length}, at most ${mostProjects} are allowed`, field);
  }
  if (projects.some((name) => name === "" || name.length > 200)) {
    throw new RefusedError("invalid", `${field}: names must have 1 to 200 characters`, field);
  }
  if (role === "worker" && projects.length > 0) {
    throw new RefusedError("invalid", `${field}: a worker takes tasks of all projects; leave it empty`, field);
  }
}
