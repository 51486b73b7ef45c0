/** Why the core refuses a request; the list is closed, and `rpc/` maps each member to one wire code. */
export type Refusal = "invalid" | "not-found" | "already-exists" | "conflict" | "denied" | "exhausted" | "unavailable";

/**
 * The core's one error: the request is refused, and the message says what to do.
 *
 * Anything else that is thrown is a fault of the server.
 */
export class RefusedError extends Error {
  override readonly name = "RefusedError";
  readonly refusal: Refusal;
  /** The request's field that is at fault, where one is. */
  readonly field: string | undefined;

  constructor(refusal: Refusal, message: string, field?: string) {
    super(message);
    this.refusal = refusal;
    this.field = field;
  }
}
