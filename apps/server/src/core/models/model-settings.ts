/** How this server serves models. */
export interface ModelSettings {
  /** Milliseconds within which a process must be ready after its start; then it is given up. */
  readonly readyWithin: number;
  /** Milliseconds between two looks at the versions of a model, unless something happens. */
  readonly refreshEvery: number;
}
