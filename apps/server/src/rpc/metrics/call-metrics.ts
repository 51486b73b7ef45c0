import { Counter, Gauge, Histogram } from "prom-client";
import { type ShedReason, shedReasons } from "#rpc/admission/admission.ts";
import type { CallObserver } from "#rpc/calls/call.ts";
import type { OpenRegistry } from "./exposition.ts";
import { Tally } from "./tally.ts";

export interface CallMetrics {
  readonly observer: CallObserver;
  /** A call was turned away. */
  shed(reason: ShedReason): void;
  /** A request that is no RPC was answered. */
  answered(status: number): void;
}

const callBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const streamBuckets = [0.1, 1, 10, 60, 600, 3_600, 43_200];

/**
 * What is asked of the server. Labels take few values: RPCs that are served, codes, protocols; nothing that a caller
 * can make up.
 *
 * @param logRpcs - RPCs that bring output of tasks
 */
export function callMetrics(register: OpenRegistry, logRpcs: ReadonlySet<string>): CallMetrics {
  const registers = [register];
  const ended = new Tally<"rpc" | "code" | "protocol">();
  const receivedBytes = new Tally<"protocol">();
  const sentBytes = new Tally<"protocol">();
  const underWay = { unary: 0, stream: 0 };
  new Counter({
    name: "tributary_calls",
    help: "RPCs that have ended, by RPC, code and protocol",
    labelNames: ["rpc", "code", "protocol"],
    registers,
    collect() {
      ended.moveTo(this);
    },
  });
  const duration = new Histogram({
    name: "tributary_call_duration_seconds",
    help: "Time from the first byte of a unary RPC to the last of its answer",
    labelNames: ["rpc"],
    buckets: callBuckets,
    registers,
  });
  const streamDuration = new Histogram({
    name: "tributary_stream_duration_seconds",
    help: "How long streams were open",
    labelNames: ["rpc"],
    buckets: streamBuckets,
    registers,
  });
  new Gauge({
    name: "tributary_calls_open",
    help: "RPCs under way, unary ones and streams",
    labelNames: ["kind"],
    registers,
    collect() {
      for (const [kind, count] of Object.entries(underWay)) this.set({ kind }, count);
    },
  });
  new Counter({
    name: "tributary_call_received_bytes",
    help: "Bytes of requests of RPCs, as they were on the wire",
    labelNames: ["protocol"],
    registers,
    collect() {
      receivedBytes.moveTo(this);
    },
  });
  new Counter({
    name: "tributary_call_sent_bytes",
    help: "Bytes of answers of RPCs that have ended, as they were on the wire",
    labelNames: ["protocol"],
    registers,
    collect() {
      sentBytes.moveTo(this);
    },
  });
  const logs = new Counter({
    name: "tributary_log_received_bytes",
    help: "Bytes of RPCs that bring output of tasks, framing included",
    registers,
  });
  const shed = new Counter({
    name: "tributary_calls_shed",
    help: "Requests that were turned away because there were too many, by limit",
    labelNames: ["reason"],
    registers,
  });
  const requests = new Counter({
    name: "tributary_http_requests",
    help: "Requests that are no RPC, by the first digit of their status",
    labelNames: ["status"],
    registers,
  });
  // What never happened is told too: a rate needs a first value.
  for (const reason of shedReasons) shed.inc({ reason }, 0);
  return {
    observer: {
      began({ unary }) {
        underWay[unary ? "unary" : "stream"] += 1;
      },
      received({ protocol, rpc }, bytes) {
        receivedBytes.add(protocol, bytes, () => ({ protocol }));
        if (logRpcs.has(rpc)) logs.inc(bytes);
      },
      ended({ rpc, unary, code, protocol, seconds, sent }) {
        underWay[unary ? "unary" : "stream"] -= 1;
        ended.add(`${rpc} ${code} ${protocol}`, 1, () => ({ rpc, code, protocol }));
        sentBytes.add(protocol, sent, () => ({ protocol }));
        (unary ? duration : streamDuration).observe({ rpc }, seconds);
      },
    },
    shed: (reason) => shed.inc({ reason }),
    answered: (status) => requests.inc({ status: `${Math.floor(status / 100)}xx` }),
  };
}
