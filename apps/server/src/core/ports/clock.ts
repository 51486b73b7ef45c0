/** The time. */
export interface Clock {
  /** Milliseconds since 1970; may jump. For what people read. */
  now(): number;
  /** Milliseconds since some moment; never jumps. For leases and limits. */
  monotonic(): number;
}
