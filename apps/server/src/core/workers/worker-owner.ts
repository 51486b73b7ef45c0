import { RefusedError } from "#core/errors.ts";
import type { Tx } from "#core/ports/tx.ts";
import type { Principal } from "#core/principal.ts";
import { isUsable, type Token } from "#core/tokens/token.ts";
import type { Worker } from "#core/workers/worker.ts";

/** Whoever comes through the socket of the server's own machine. */
const localOwner = "local";

/** Whose a worker is that a principal registers. */
export function ownerOf({ tokenId }: Pick<Principal, "tokenId">): string {
  return tokenId ?? localOwner;
}

interface Claim {
  readonly worker: Pick<Worker, "id" | "name">;
  readonly by: Pick<Principal, "tokenId">;
  readonly now: number;
}

/**
 * Unit of work: answers whose the worker is that registers. A token that is for one worker is this one's from now on.
 *
 * @throws RefusedError `denied` when the token is for another worker, or the worker another's; `already-exists` while
 * another worker of the name is online
 */
export async function claimWorker(tx: Tx, claim: Claim): Promise<string> {
  const { worker, by, now } = claim;
  const owner = ownerOf(by);
  const known = (await tx.workers.getMany([worker.id])).get(worker.id);
  const tokens = await tx.tokens.getMany([by.tokenId, known?.owner].flatMap((id) => id ?? []));
  if (known?.owner !== undefined && known.owner !== owner) refuseTaken(worker, known.owner, tokens, now);
  if (by.tokenId === undefined) return owner;
  const token = tokens.get(by.tokenId);
  if (token) await bind(tx, token, claim);
  await refuseNamesake(tx, worker, owner);
  return owner;
}

/** A token that has ended leaves its worker to whichever comes next, as the machine's id stays the same. */
function refuseTaken({ id }: Claim["worker"], owner: string, tokens: ReadonlyMap<string, Token>, now: number): void {
  const token = tokens.get(owner);
  if (owner !== localOwner && !(token && isUsable(token, now))) return;
  const whose = token ? `the token ${token.name}` : "the server's own machine";
  throw new RefusedError(
    "denied",
    `worker ${id} belongs to ${whose}: start this one with a data folder of its own, or with that token`,
    "worker_id",
  );
}

async function bind(tx: Tx, token: Token, { worker, now }: Claim): Promise<void> {
  const { name, workerName, workerId, workers } = token;
  if (workerName !== undefined && workerName !== worker.name) {
    throw new RefusedError(
      "denied",
      `the token ${name} is for the worker ${workerName}, and this one is called ${worker.name}: start it with --name ${workerName}, or with another token`,
      "name",
    );
  }
  if (workers !== "one" || workerId === worker.id) return;
  if (workerId !== undefined) {
    throw new RefusedError(
      "denied",
      `the token ${name} is for one worker, and another has registered with it: ask an admin for one of its own, or for one that is for many workers`,
    );
  }
  await tx.tokens.put([{ ...token, workerId: worker.id }]);
  await tx.journal.append([{ kind: "token-changed", tokenId: token.id, at: now }]);
}

/** Workers of servers' own machines are called as these are, and there may be several. */
async function refuseNamesake(tx: Tx, { id, name }: Claim["worker"], owner: string): Promise<void> {
  const same = (await tx.workers.all()).find(
    (other) => other.online && other.name === name && other.id !== id && (other.owner ?? localOwner) !== localOwner,
  );
  if (!same || owner === localOwner) return;
  throw new RefusedError(
    "already-exists",
    `a worker named ${name} is online already: stop it, or give this one another name by --name`,
    "name",
  );
}
