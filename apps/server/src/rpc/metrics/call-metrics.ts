import { Counter, Gauge, Histogram } from "prom-client";
import { type ShedReason, shedReasons } from "#rpc/admission/admission.ts";
import type { CallObserver } from "#rpc/calls/call.ts";
import type { OpenRegistry } from "./exposition.ts";

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
  const calls = new Counter({
    name: "tributary_calls",
    help: "RPCs that have ended, by RPC, code and protocol",
    labelNames: ["rpc", "code", "protocol"],
    registers,
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
  const open = new Gauge({
    name: "tributary_calls_open",
    help: "RPCs under way, unary ones and streams",
    labelNames: ["kind"],
    registers,
  });
  const received = new Counter({
    name: "tributary_call_received_bytes",
    help: "Bytes of requests of RPCs, as they were on the wire",
    labelNames: ["protocol"],
    registers,
  });
  const sent = new Counter({
    name: "tributary_call_sent_bytes",
    help: "Bytes of answers of RPCs that have ended, as they were on the wire",
    labelNames: ["protocol"],
    registers,
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
  for (const kind of ["unary", "stream"]) open.set({ kind }, 0);
  return {
    observer: {
      began: ({ unary }) => open.inc({ kind: unary ? "unary" : "stream" }),
      received({ protocol, rpc }, bytes) {
        received.inc({ protocol }, bytes);
        if (logRpcs.has(rpc)) logs.inc(bytes);
      },
      ended({ rpc, unary, code, protocol, seconds, sent: bytes }) {
        open.dec({ kind: unary ? "unary" : "stream" });
        calls.inc({ rpc, code, protocol });
        sent.inc({ protocol }, bytes);
        (unary ? duration : streamDuration).observe({ rpc }, seconds);
      },
    },
    shed: (reason) => shed.inc({ reason }),
    answered: (status) => requests.inc({ status: `${Math.floor(status / 100)}xx` }),
  };
}
