export interface Random {
  /** Unpredictable bytes. */
  bytes(count: number): Uint8Array;
}
