/** Why something waits, failed or cannot be done. */
export interface Reason {
  /** Stable and kebab-case, for programs. */
  readonly code: string;
  /** One sentence for people. */
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string;
}
