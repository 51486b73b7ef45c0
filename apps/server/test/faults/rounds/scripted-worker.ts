import { appendFileSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { timestampNow } from "@bufbuild/protobuf/wkt";
import { type Client, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { type Assignment, type AttemptRef, DispatchService } from "@tributary/proto/tributary/v1/dispatch_pb";
import { LogStream } from "@tributary/proto/tributary/v1/logs_pb";
import { AttemptOutcome, AttemptPhase } from "@tributary/proto/tributary/v1/tasks_pb";
import type { Acknowledged } from "./acknowledgements.ts";
import type { Ledger } from "./ledger.ts";

const id = "scripted";
const keyOf = ({ taskId, number }: AttemptRef) => `${taskId}-${number}`;

/** An attempt that it has. */
interface Held {
  readonly ref: AttemptRef;
  cancelled: boolean;
  revoked: boolean;
}

/**
 * A worker that is never killed and runs nothing: it does what the tasks' script would do, asks each thing until it is
 * answered, and writes down the ends that the server has taken.
 */
export class ScriptedWorker {
  readonly #client: Client<typeof DispatchService>;
  readonly #ledger: Ledger;
  readonly #record: (acknowledged: Acknowledged) => void;
  readonly #held = new Map<string, Held>();

  constructor(socketPath: string, ledger: Ledger, record: (acknowledged: Acknowledged) => void) {
    const transport = createGrpcTransport({
      baseUrl: "http://localhost",
      nodeOptions: { createConnection: () => connect(socketPath) },
    });
    this.#client = createClient(DispatchService, transport);
    this.#ledger = ledger;
    this.#record = record;
  }

  /** Registers, follows its orders, and begins anew when the server has gone. */
  async run(): Promise<never> {
    for (;;) {
      await this.#session().catch(() => undefined);
      await sleep(20);
    }
  }

  async #session(): Promise<void> {
    const held = [...this.#held.values()].map(({ ref }) => ref);
    const machine = { slots: 2, cpuMillis: 0n, memoryBytes: 0n };
    const { revoked } = await this.#client.register({ workerId: id, name: id, ...machine, version: "test", held });
    for (const ref of revoked) this.#mark(ref, "revoked");
    const over = new AbortController();
    void this.#beat(over.signal);
    try {
      for await (const { order } of this.#client.lease({ workerId: id }, { signal: over.signal })) {
        if (order.case === "assign") this.#take(order.value);
        if (order.case === "cancel") this.#mark(order.value, "cancelled");
        if (order.case === "revoke") this.#mark(order.value, "revoked");
      }
    } finally {
      over.abort();
    }
  }

  async #beat(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#client.heartbeat({ workerId: id }).catch(() => undefined);
      await sleep(2_000, undefined, { signal }).catch(() => undefined);
    }
  }

  #mark(ref: AttemptRef, as: "cancelled" | "revoked"): void {
    const held = this.#held.get(keyOf(ref));
    if (held) held[as] = true;
  }

  #take(assignment: Assignment): void {
    const ref = assignment.attempt!;
    if (this.#held.has(keyOf(ref))) return;
    const held = { ref, cancelled: false, revoked: false };
    this.#held.set(keyOf(ref), held);
    void this.#play(assignment, held).finally(() => this.#held.delete(keyOf(ref)));
  }

  async #play({ command, variables }: Assignment, held: Held): Promise<void> {
    const text = `${command.value} ${variables.map(({ name, value }) => `${name}='${value}'`).join(" ")}`;
    const variable = (name: string) => new RegExp(`${name}='([^']*)'`).exec(text)?.[1] ?? "";
    const [key, lines, exitCode] = [variable("KEY"), Number(variable("COUNT")), Number(variable("EXIT"))];
    if (!(await this.#report(held, 1, AttemptPhase.RUNNING))) return;
    appendFileSync(this.#ledger.file, `start ${key} ${keyOf(held.ref)}\n`);
    for (let line = 1, offset = 0; line <= lines && !held.cancelled && !held.revoked; line++) {
      offset += await this.#log(held, offset, `${key} line ${line}\n`);
      await sleep(Number(variable("PAUSE")) * 1_000);
    }
    if (held.cancelled || held.revoked) {
      await this.#report(held, 2, AttemptPhase.ENDED, { outcome: AttemptOutcome.CANCELLED });
      return;
    }
    appendFileSync(this.#ledger.file, `end ${key} ${keyOf(held.ref)}\n`);
    const outcome = exitCode === 0 ? AttemptOutcome.SUCCEEDED : AttemptOutcome.FAILED;
    const taken = await this.#report(held, 2, AttemptPhase.ENDED, { outcome, exitCode });
    const { taskId: task, number: attempt } = held.ref;
    if (taken) this.#record({ is: "reported", task, attempt, exit: exitCode });
  }

  /** Answers the number of bytes. */
  async #log({ ref: attempt }: Held, offset: number, text: string): Promise<number> {
    const content = new TextEncoder().encode(text);
    const pieces = [{ stream: LogStream.STDOUT, time: timestampNow(), content }];
    await this.#surely(() => this.#client.appendLog({ workerId: id, attempt, offset: BigInt(offset), pieces }));
    return content.length;
  }

  async #report(
    { ref: attempt }: Held,
    sequence: number,
    phase: AttemptPhase,
    end?: { readonly outcome: AttemptOutcome; readonly exitCode?: number },
  ): Promise<boolean> {
    const report = { attempt, phase, sequence, time: timestampNow(), ...(end ? { end } : {}) };
    const { results } = await this.#surely(() => this.#client.report({ workerId: id, reports: [report] }));
    return results[0]?.accepted ?? false;
  }

  async #surely<T>(ask: () => Promise<T>): Promise<T> {
    for (;;) {
      const answer = await ask().catch(() => undefined);
      if (answer !== undefined) return answer;
      await sleep(20);
    }
  }
}
