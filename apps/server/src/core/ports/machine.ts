/** The machine that the server runs on, as far as a check of the server's health looks at it. */
export interface Machine {
  /** The disk with the data folder, in bytes. */
  disk(): Promise<{ readonly total: number; readonly free: number }>;
  readonly dataFolder: string;
  /** Users of the machine other than the server's own can enter or read the data folder. */
  isFolderOpen(): Promise<boolean>;
  /** Writes small files and makes them durable: milliseconds that one took in the middle, and the disk's time of it. */
  trySync(): Promise<{ readonly milliseconds: number; readonly fileTime: number }>;
  /**
   * Programs that tasks and sources need, without a version where they were not found; `venv` stands for the modules with
   * which `python3` makes environments.
   */
  programs(): Promise<readonly { readonly name: "git" | "python3" | "venv" | "uv"; readonly version?: string }[]>;
  /** Bytes of the path of the unix socket through which workers come. */
  readonly socketPathBytes: number;
  /** Whether the program answers that starts processes on this machine; undefined where that cannot be told. */
  launcherAnswers(): Promise<boolean | undefined>;
  /** Undefined when it cannot be read. */
  certificate(): Promise<{ readonly expiresAt: number; readonly subject: string } | undefined>;
}
