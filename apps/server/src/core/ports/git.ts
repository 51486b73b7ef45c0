/** Mirrors of git repositories. */
export interface Git {
  /**
   * Brings the mirror of a source up to date.
   *
   * Credentials reach git neither by URL nor by argument. No code of the repository is run.
   */
  fetch(ask: GitFetch, signal: AbortSignal): Promise<GitHead | GitFailure>;

  /** A file at a commit of a fetched source; undefined when there is none. Links are not followed. */
  readFile(sourceId: string, commit: string, path: string): Promise<Uint8Array | undefined>;

  /** All files of a commit as a tar stream, without history. */
  archive(sourceId: string, commit: string, signal: AbortSignal): AsyncIterable<Uint8Array>;

  /** Sources that have a mirror. */
  list(): Promise<readonly string[]>;

  /** Deletes the mirror. */
  remove(sourceId: string): Promise<void>;
}

export interface GitFetch {
  readonly sourceId: string;
  readonly repository: string;
  readonly username?: string;
  /** Password or token. */
  readonly password?: string;
}

/** The newest commit of the default branch. */
export interface GitHead {
  readonly ok: true;
  readonly branch: string;
  readonly commit: string;
  readonly subject: string;
  readonly committedAt: number;
}

export interface GitFailure {
  readonly ok: false;
  readonly kind: "auth-failure" | "repository-not-found" | "unknown";
  /** What git said, in one sentence, without credentials. */
  readonly message: string;
}
