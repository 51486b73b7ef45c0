import { setTimeout as sleep } from "node:timers/promises";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  AttemptUsageSchema,
  LeaseResponse,
  RegisterRequestSchema,
  RegisterResponse,
} from "@tributary/proto/tributary/v1/dispatch_pb";
import type { MachineLoadSchema, WorkerDiskSchema } from "@tributary/proto/tributary/v1/workers_pb";
import type { Logger } from "pino";
import { Backoff } from "./backoff.ts";
import type { Connection, DispatchClient } from "./connection.ts";
import { explainFailure, RefusedByServerError } from "./explain-failure.ts";
import type { OwnLog } from "./own-log.ts";
import { durationMs } from "./time-limit.ts";
import { abortable, type Uplink } from "./uplink.ts";

interface SessionOptions {
  readonly uplink: Uplink;
  readonly log: Logger;
  /** What the worker says itself, for the server to show. */
  readonly ownLog: Pick<OwnLog, "resume" | "unsent">;
  /** Ends the session for good. */
  readonly signal: AbortSignal;
  readonly connect: () => Connection;
  /** Longest pause between two tries to reach the server, in milliseconds. */
  readonly longestPauseMs: number;
  /** The server's address, for messages. */
  readonly server: string;
  /** Whether the worker has anything that it must not leave. */
  readonly isBusy: () => boolean;
  /** What the worker says of itself at the moment. */
  readonly introduction: () => MessageInitShape<typeof RegisterRequestSchema>;
  /** Told of each registration, before any order and any other call. */
  readonly onRegistered: (reply: RegisterResponse) => void;
  /** What attempts took and have not told; is told by `settle` whether the server has it. */
  readonly usage: () => { usage: MessageInitShape<typeof AttemptUsageSchema>[]; settle: (taken: boolean) => void };
  /** How its disk is; undefined where that cannot be found out. */
  readonly disk: () => Promise<MessageInitShape<typeof WorkerDiskSchema> | undefined>;
  /** How busy its machine is. */
  readonly load: () => MessageInitShape<typeof MachineLoadSchema>;
  /** It takes nothing new. */
  readonly isDraining: () => boolean;
  readonly onOrder: (order: LeaseResponse["order"]) => void;
}

const REGISTER_MS = 15_000;
/** The server says something on the stream every 15 seconds. */
const SILENCE_MS = 50_000;
const TELL_MS = 3_000;
const DEFAULT_LEASE_MS = 30_000;

/**
 * Keeps the worker registered: connects, registers, follows the stream of orders, sends heartbeats; when anything of
 * this fails, it all begins anew after a growing pause.
 */
export class Session {
  readonly #options: SessionOptions;
  #wasRegistered = false;
  /** When the worker was last registered, or began to try, in ms of the monotonic clock; undefined while it is. */
  #aloneSince: number | undefined = performance.now();

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** Milliseconds without a server, 0 with one. */
  get aloneMs(): number {
    return this.#aloneSince === undefined ? 0 : performance.now() - this.#aloneSince;
  }

  /**
   * Runs until the signal fires.
   *
   * @throws RefusedByServerError when the server does not take the worker and trying again would not help; not once it
   * was registered, and not while it is busy
   */
  async run(): Promise<void> {
    const { signal, log, server, isBusy } = this.#options;
    const backoff = new Backoff(50, this.#options.longestPauseMs);
    let told = "";
    while (!signal.aborted) {
      try {
        await this.#once(backoff);
      } catch (error) {
        const { why, isFinal } = explainFailure(error, server);
        if (isFinal && !this.#wasRegistered && !isBusy() && !signal.aborted) throw new RefusedByServerError(why);
        // While there is none, the same is not told again and again.
        if (!signal.aborted && why !== told) log.info({ why }, "not connected to the server; trying again");
        told = why;
      }
      await backoff.wait(signal);
    }
  }

  async #once(backoff: Backoff): Promise<void> {
    const { uplink, log, ownLog, signal, connect, introduction, onRegistered } = this.#options;
    const connection = connect();
    const over = new AbortController();
    const ended = AbortSignal.any([signal, over.signal]);
    const lost = connection.lost.then((why) => Promise.reject(why));
    try {
      const registering = connection.client.register(introduction(), { signal: ended, timeoutMs: REGISTER_MS });
      const reply = await abortable(Promise.race([registering, lost]), signal);
      log.info({ held: introduction().held?.length ?? 0 }, "registered with the server");
      ownLog.resume(Number(reply.ownLogSequence));
      backoff.reset();
      this.#wasRegistered = true;
      this.#aloneSince = undefined;
      onRegistered(reply);
      const orders = this.#followOrders(connection.client, ended);
      const beats = this.#beat(connection.client, durationMs(reply.leaseDuration) || DEFAULT_LEASE_MS, ended);
      uplink.up(connection.client, ended);
      // Whichever is left notices the end of the connection in its own time.
      await abortable(Promise.race([orders, beats, lost]), signal);
    } finally {
      over.abort();
      this.#aloneSince ??= performance.now();
      connection.close();
    }
  }

  /** Tells the server, if there is one, that the worker takes nothing new, or that it ends now. Never throws. */
  async tell(what: { readonly draining: true; readonly gone?: true }): Promise<void> {
    const { uplink, log, ownLog } = this.#options;
    if (this.aloneMs > 0) return;
    const signal = AbortSignal.timeout(TELL_MS);
    const ask = { workerId: uplink.workerId, ...what, ownLog: ownLog.unsent().lines };
    const said = uplink.call((client) => client.heartbeat(ask, { signal, timeoutMs: TELL_MS }), { signal, tries: 1 });
    // The next heartbeat, or registration, tells it again; and that it is gone will be noticed in time.
    await said.catch((err) => log.info({ why: String(err) }, "the server was not told"));
  }

  /** Ends with the stream, by an error or not. */
  async #followOrders(client: DispatchClient, signal: AbortSignal): Promise<void> {
    const silent = new AbortController();
    const watch = setTimeout(() => silent.abort(new Error("the server is silent")), SILENCE_MS);
    try {
      const { workerId } = this.#options.uplink;
      const options = { signal: AbortSignal.any([signal, silent.signal]) };
      for await (const { order } of client.lease({ workerId, takesMany: true, takesAhead: true }, options)) {
        if (signal.aborted) return;
        watch.refresh();
        this.#options.onOrder(order);
      }
    } finally {
      clearTimeout(watch);
    }
  }

  /** Ends when a heartbeat fails or the server does not know the worker. */
  async #beat(client: DispatchClient, leaseMs: number, signal: AbortSignal): Promise<void> {
    const interval = leaseMs / 3;
    for (;;) {
      await sleep(interval, undefined, { signal });
      const { usage, settle } = this.#options.usage();
      const disk = await this.#options.disk();
      const load = this.#options.load();
      const draining = this.#options.isDraining();
      const { lines, taken } = this.#options.ownLog.unsent();
      const ask = {
        workerId: this.#options.uplink.workerId,
        usage,
        draining,
        ...(disk ? { disk } : {}),
        load,
        ownLog: lines,
      };
      const reply = await client.heartbeat(ask, { signal, timeoutMs: interval }).catch((error) => {
        settle(false);
        throw error;
      });
      settle(reply.usageTaken);
      if (reply.unknown) {
        this.#options.log.info("the server does not know this worker any more");
        return;
      }
      taken();
    }
  }
}
