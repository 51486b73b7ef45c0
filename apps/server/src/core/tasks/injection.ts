/** A secret that a task reads, and the environment variable that holds its value. */
export interface SecretReference {
  readonly key: string;
  readonly injectAs: string;
}

/** An environment variable. */
export interface Variable {
  readonly name: string;
  readonly value: string;
}
