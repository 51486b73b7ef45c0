/** Who makes a request. */
export interface Principal {
  /** `local`, a token's name, or a worker's id. */
  readonly name: string;
  /** What it may do; a worker may only do a worker's part. */
  readonly role: "viewer" | "runner" | "editor" | "admin" | "worker";
}
