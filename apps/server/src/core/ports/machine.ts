/** The machine that the server runs on. */
export interface Machine {
  /** The disk with the data folder, in bytes. */
  disk(): Promise<{ readonly total: number; readonly free: number }>;
}
