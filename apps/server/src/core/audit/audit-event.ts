/** One call that changed something, or was to. Nothing of what it carried but what it was about. */
export interface AuditEvent {
  /** Sorts by time. */
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Empty where it did not become known. */
  readonly principal: string;
  readonly tokenId?: string;
  /** Where the call came from; empty for the workers' socket. */
  readonly address: string;
  /** `package.Service/Method`. */
  readonly rpc: string;
  readonly targets: readonly AuditTarget[];
  /** `ok`, or the code of the refusal. */
  readonly outcome: string;
  readonly requestId: string;
}

/** What a call was about, by the name of a field. */
export interface AuditTarget {
  readonly field: string;
  readonly value: string;
}

export type NewAuditEvent = Omit<AuditEvent, "id" | "at">;

export interface AuditFilter {
  readonly principal?: string;
  /** An RPC, a service, or the beginning of one. */
  readonly rpc?: string;
  readonly ok?: boolean;
  /** Part of who, RPC, address or target, any case. */
  readonly text?: string;
  readonly after?: number;
  readonly before?: number;
}

export interface AuditPageAsk {
  readonly filter: AuditFilter;
  readonly limit: number;
  /** Events older than the one with this id. */
  readonly olderThan?: string;
}

/** Newest first. */
export interface AuditPage {
  readonly events: readonly AuditEvent[];
  readonly hasMore: boolean;
}

const timeDigits = 9;

/** The beginning of an event's id: later ones sort behind earlier ones. */
export function auditId(at: number, count: number, rest: string): string {
  return `${digits(at, timeDigits)}${digits(count, 5)}${rest}`;
}

/** Ids of events from a time on sort behind this, those of earlier ones before. */
export function auditIdFrom(at: number): string {
  return digits(at, timeDigits);
}

function digits(value: number, length: number): string {
  return Math.max(0, Math.floor(value)).toString(36).padStart(length, "0");
}
