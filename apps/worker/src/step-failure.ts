/** Why an attempt cannot go on: shown to people, spent from the budget of the one whose fault it is. */
export class StepFailure extends Error {
  /** Stable and kebab-case, for programs. */
  readonly code: string;
  /** What to do about it. */
  readonly hint: string;
  /** The machine's fault, not the task's. */
  readonly system: boolean;

  constructor(code: string, message: string, { hint = "", system = false }: { hint?: string; system?: boolean } = {}) {
    super(message);
    this.code = code;
    this.hint = hint;
    this.system = system;
  }
}
