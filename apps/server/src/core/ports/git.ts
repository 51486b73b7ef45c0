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

  /**
   * Branches of a fetched source, the one with the newest commit first.
   *
   * @throws RefusedError `not-found` when there is no mirror
   */
  branches(sourceId: string, limit: number): Promise<readonly GitBranch[]>;

  /**
   * The commits that lead to a commit of a fetched source, newest first.
   *
   * @throws RefusedError `not-found` for a commit that is not in the mirror
   */
  commits(
    sourceId: string,
    ask: { readonly commit: string; readonly skip: number; readonly limit: number },
  ): Promise<readonly GitCommit[]>;

  /**
   * What a branch, all of a commit's name, or its beginning of seven digits or more stands for; a branch goes before a
   * commit. Undefined when the mirror has neither, or several commits begin so.
   *
   * @throws RefusedError `not-found` when there is no mirror
   */
  find(sourceId: string, revision: string): Promise<GitCommit | undefined>;

  /**
   * What a folder has at a commit, in git's order; undefined where there is no folder.
   *
   * @param path - from the root, without a slash at its end; empty for the root
   * @throws RefusedError `not-found` for a commit that is not in the mirror; `exhausted` for a folder of 400,000 files
   */
  folder(sourceId: string, commit: string, path: string): Promise<readonly GitEntry[] | undefined>;

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
  /** Password or token; for ssh a private key, or a password. */
  readonly password?: string;
  /**
   * Lines of ssh's `known_hosts`: keys by which the host was known before. Without any, whichever key it shows is taken,
   * and answered; with some, it must show one of them.
   */
  readonly hostKeys?: string;
}

/** The newest commit of the default branch. */
export interface GitHead {
  readonly ok: true;
  readonly branch: string;
  readonly commit: string;
  readonly subject: string;
  readonly committedAt: number;
  /** Of an ssh host: the keys by which it is known from now on. */
  readonly hostKeys?: string;
}

export interface GitCommit {
  /** All of its hexadecimal digits. */
  readonly id: string;
  /** The first line of what was said of it, 500 characters at most. */
  readonly subject: string;
  readonly author: string;
  readonly committedAt: number;
}

export interface GitBranch {
  readonly name: string;
  readonly commit: GitCommit;
}

/** Something in a folder. */
export interface GitEntry {
  readonly name: string;
  readonly kind: "file" | "executable" | "folder" | "link" | "submodule";
  /** Bytes of a file, or of what a link says. */
  readonly size: number;
}

export interface GitFailure {
  readonly ok: false;
  readonly kind: "auth-failure" | "repository-not-found" | "host-key-changed" | "unknown";
  /** What git said, in one sentence, without credentials. */
  readonly message: string;
}
