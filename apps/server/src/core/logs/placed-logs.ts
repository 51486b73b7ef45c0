import { RefusedError } from "#core/errors.ts";
import type { LogBatch, LogPiece } from "#core/logs/log.ts";
import type { LogStore } from "#core/ports/log-store.ts";
import type { Store } from "#core/ports/store.ts";
import type { Tx } from "#core/ports/tx.ts";
import type { Server } from "#core/servers/server.ts";
import type { AttemptRef, TaskId } from "#core/tasks/task.ts";

interface Place {
  readonly taskId: TaskId;
  readonly serverId: string;
}

/** Unit of work: notes that a server has a task's log. */
async function placeLog(tx: Tx, { now, ...place }: Place & { readonly now: number }): Promise<void> {
  if ((await tx.logPlaces.of(place.taskId)).includes(place.serverId)) return;
  await tx.logPlaces.put([place]);
  await tx.journal.append([{ kind: "log-placed", ...place, at: now }]);
}

/** Unit of work: the servers that have a task's log, and what is known of them. */
async function placesOf(
  tx: Tx,
  taskId: TaskId,
): Promise<readonly { readonly serverId: string; readonly server: Server | undefined }[]> {
  const ids = await tx.logPlaces.of(taskId);
  const servers = ids.length === 0 ? [] : await tx.servers.all();
  return ids.map((serverId) => ({ serverId, server: servers.find(({ id }) => id === serverId) }));
}

/** Tasks that are remembered to have their log here. */
const mostRemembered = 10_000;

/**
 * The logs of this server, where each has its own: it notes which it has, and refuses to read those that another has,
 * with the place to look.
 */
export class PlacedLogs implements LogStore {
  readonly #logs: LogStore;
  readonly #store: Store;
  readonly #serverId: string;
  readonly #now: () => number;
  readonly #here = new Set<TaskId>();

  constructor(logs: LogStore, store: Store, serverId: string, now: () => number) {
    this.#logs = logs;
    this.#store = store;
    this.#serverId = serverId;
    this.#now = now;
  }

  async append(attempt: AttemptRef, offset: number, pieces: readonly LogPiece[]): Promise<number> {
    const { taskId } = attempt;
    if (!this.#here.has(taskId)) {
      await this.#store.transact(placeLog, { taskId, serverId: this.#serverId, now: this.#now() });
      this.#remember(taskId);
    }
    return this.#logs.append(attempt, offset, pieces);
  }

  kept(attempt: AttemptRef) {
    return this.#logs.kept(attempt);
  }

  async size(taskId: TaskId) {
    await this.#refuseElsewhere(taskId);
    return this.#logs.size(taskId);
  }

  async readLines(taskId: TaskId, firstLine: number, limit: number) {
    await this.#refuseElsewhere(taskId);
    return this.#logs.readLines(taskId, firstLine, limit);
  }

  async read(taskId: TaskId, offset: number, limit: number) {
    await this.#refuseElsewhere(taskId);
    return this.#logs.read(taskId, offset, limit);
  }

  async tail(taskId: TaskId, lines: number) {
    await this.#refuseElsewhere(taskId);
    return this.#logs.tail(taskId, lines);
  }

  async attempts(taskId: TaskId) {
    await this.#refuseElsewhere(taskId);
    return this.#logs.attempts(taskId);
  }

  /** Ends with the refusal when the log of a task that has none yet comes to be at another server. */
  async *follow(taskId: TaskId, offset: number, signal: AbortSignal, newest?: number): AsyncIterable<LogBatch> {
    const position = this.#store.position();
    if (await this.#refuseElsewhere(taskId)) {
      yield* this.#logs.follow(taskId, offset, signal, newest);
      return;
    }
    const stop = new AbortController();
    const either = AbortSignal.any([signal, stop.signal]);
    let elsewhere: unknown;
    const watching = this.#untilPlaced(taskId, position, either).catch((error: unknown) => {
      elsewhere = error;
      stop.abort();
    });
    try {
      yield* this.#logs.follow(taskId, offset, either, newest);
    } finally {
      stop.abort();
      await watching;
    }
    if (elsewhere !== undefined) throw elsewhere;
  }

  async *search(...asked: Parameters<LogStore["search"]>): ReturnType<LogStore["search"]> {
    await this.#refuseElsewhere(asked[0]);
    yield* this.#logs.search(...asked);
  }

  seal(taskId: TaskId): void {
    this.#logs.seal(taskId);
  }

  remove(taskId: TaskId): Promise<void> {
    this.#here.delete(taskId);
    return this.#logs.remove(taskId);
  }

  list() {
    return this.#logs.list();
  }

  close(): Promise<void> {
    return this.#logs.close();
  }

  /** Resolves when the log comes to be here, or the signal aborts. */
  async #untilPlaced(taskId: TaskId, position: number, signal: AbortSignal): Promise<void> {
    for await (const entries of this.#store.follow(position, signal)) {
      const isPlaced = entries.some((entry) => entry.kind === "log-placed" && entry.taskId === taskId);
      if (isPlaced && (await this.#refuseElsewhere(taskId))) return;
    }
  }

  /**
   * @returns whether there is a log here; false as well when there is none yet
   * @throws RefusedError `unavailable` when only others have it
   */
  async #refuseElsewhere(taskId: TaskId): Promise<boolean> {
    if (this.#here.has(taskId)) return true;
    const places = await this.#store.transact(placesOf, taskId);
    if (places.some(({ serverId }) => serverId === this.#serverId)) {
      this.#remember(taskId);
      return true;
    }
    const [place] = places;
    if (place === undefined) return false;
    throw elsewhereError(taskId, place);
  }

  #remember(taskId: TaskId): void {
    this.#here.add(taskId);
    const [oldest] = this.#here;
    if (this.#here.size > mostRemembered && oldest !== undefined) this.#here.delete(oldest);
  }
}

function elsewhereError(
  taskId: TaskId,
  { serverId, server }: { readonly serverId: string; readonly server: Server | undefined },
): RefusedError {
  const where = server === undefined ? `a server that is not there now (${serverId})` : `${server.name}, ${server.url}`;
  return new RefusedError(
    "unavailable",
    server === undefined
      ? `The log of task ${taskId} is kept by ${where}. Start that server again to read it.`
      : `The log of task ${taskId} is kept by the server on ${where}. Read it there.`,
  );
}
