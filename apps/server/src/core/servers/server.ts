/** One of the servers that share a store. */
export interface Server {
  /** The same after a restart. */
  readonly id: string;
  /** Of its machine. */
  readonly name: string;
  /** Where users reach it. */
  readonly url: string;
  readonly startedAt: number;
}

/** A server as the others see it. */
export interface ServerBeat extends Server {
  /** Grows while the server lives; clocks of different machines are never compared. */
  readonly beats: number;
}
