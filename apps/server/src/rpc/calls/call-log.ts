import type { CallObserver } from "./call.ts";

/** Where a line a call is written. */
export interface CallLog {
  info(details: Record<string, unknown>, message: string): void;
}

/** One line a call when it has ended. What was said in it, headers among that, is never logged. */
export function callLog(log: CallLog): CallObserver {
  return {
    ended({ requestId, rpc, protocol, code, seconds, received, sent, principal }) {
      log.info({ requestId, rpc, protocol, code, ms: milliseconds(seconds * 1000), principal, received, sent }, "call");
    },
  };
}

/** To the tenth: what is finer is noise. */
export function milliseconds(value: number): number {
  return Math.round(value * 10) / 10;
}
