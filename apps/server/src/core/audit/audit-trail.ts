import { type AuditEvent, auditId, type NewAuditEvent } from "#core/audit/audit-event.ts";
import { newId } from "#core/ids.ts";
import type { Clock } from "#core/ports/clock.ts";
import type { Random } from "#core/ports/random.ts";
import type { Store } from "#core/ports/store.ts";
import type { Tx } from "#core/ports/tx.ts";

interface Needs {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  /** What a write is put off by that nobody waits for, so that it carries many events; not at all unless told. */
  readonly pause?: () => Promise<unknown>;
}

/**
 * Writes the audit trail. Events that come while one write is under way go together in the next: a trail of many calls
 * costs few writes.
 */
export class AuditTrail {
  readonly #needs: Needs;
  readonly #failed: (error: unknown, lost: number) => void;
  #pending: AuditEvent[] = [];
  #writing: Promise<void> | undefined;
  #hurry = () => {};
  #last = { at: 0, count: 0 };

  /** @param failed - told of events that could not be written */
  constructor(needs: Needs, failed: (error: unknown, lost: number) => void) {
    this.#needs = needs;
    this.#failed = failed;
  }

  /** Resolves when the event is durable, or could not be written. */
  async note(event: NewAuditEvent): Promise<void> {
    this.#add(event);
    const under = this.#writing;
    this.#hurry();
    this.#writing ??= this.#write();
    await this.#writing;
    // It came too late for that write: the next one has it, at once.
    if (under === undefined) return;
    this.#hurry();
    await this.#writing;
  }

  /** The event is written soon. */
  noteSoon(event: NewAuditEvent): void {
    this.#add(event);
    this.#writing ??= this.#pauseAndWrite();
  }

  /** Resolves when nothing is left to be written. */
  async settled(): Promise<void> {
    while (this.#writing) {
      this.#hurry();
      await this.#writing;
    }
  }

  #add(event: NewAuditEvent): void {
    const at = this.#needs.clock.now();
    this.#pending.push({ id: this.#nextId(at), at, ...event });
  }

  async #pauseAndWrite(): Promise<void> {
    const hurried = new Promise<void>((resolve) => {
      this.#hurry = resolve;
    });
    await Promise.race([this.#needs.pause?.(), hurried]);
    return this.#write();
  }

  async #write(): Promise<void> {
    const batch = this.#pending;
    this.#pending = [];
    try {
      await this.#needs.store.transact(insertEvents, batch);
    } catch (error) {
      this.#failed(error, batch.length);
    }
    // Whoever waits for what came meanwhile cuts the pause short.
    this.#writing = this.#pending.length > 0 ? this.#pauseAndWrite() : undefined;
  }

  /** Later ones sort behind earlier ones; those of several servers are told apart by the random end. */
  #nextId(at: number): string {
    this.#last = at === this.#last.at ? { at, count: this.#last.count + 1 } : { at, count: 0 };
    return auditId(at, this.#last.count, newId(this.#needs.random, "", 5));
  }
}

function insertEvents(tx: Tx, events: readonly AuditEvent[]): Promise<void> {
  return tx.audit.insert(events);
}
