/** The worker of the machine on which the server runs. */
export interface LocalWorker {
  /** Starts it unless it runs; it outlives the server. */
  ensure(): Promise<void>;
  /** False when its process is known to have gone. */
  lives(): Promise<boolean>;
}
