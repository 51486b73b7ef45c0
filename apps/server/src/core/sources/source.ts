export type SourceState = "pending" | "synchronising" | "synchronized" | "error";

export type SourceIssueKind =
  | "unknown"
  | "auth-failure"
  | "repository-not-found"
  | "project-not-found"
  | "secret-not-found"
  | "host-key-changed";

export interface SourceIssue {
  readonly kind: SourceIssueKind;
  /** What is wrong and how to mend it. */
  readonly explanation: string;
}

export interface SourceSettings {
  readonly repository: string;
  readonly username?: string;
  /** Key of the secret that holds the password or token. */
  readonly secretKey?: string;
  /** One number, one unit: `10s`, `5m`, `1h`; unset means `5m`. */
  readonly syncInterval?: string;
  /** Key of the secret that deliveries of its webhook must show; unset means that it has no webhook. */
  readonly webhookSecretKey?: string;
  /** The schedules of its tasks are followed. Off unless switched on: whoever can push must not by that alone run things. */
  readonly triggers?: boolean;
}

/** What came to a source's webhook, and what was done. */
export interface WebhookDelivery {
  readonly at: number;
  /** As the git host calls it; empty where it does not say. */
  readonly event: string;
  /** `refused` and `unsigned` when it did not show the secret; `no-secret` when there was none to compare with. */
  readonly outcome: "sync" | "ignored" | "repeated" | "refused" | "unsigned" | "no-secret";
}

/** A git repository that is kept in step and read as a project. */
export interface Source {
  readonly id: string;
  readonly settings: SourceSettings;
  readonly state: SourceState;
  /** The state before the sync that runs now: what clients see that do not know of running syncs. */
  readonly settledState: Exclude<SourceState, "synchronising">;
  /** One sentence about the last sync. */
  readonly reason?: string;
  readonly issues: readonly SourceIssue[];
  /** When the last good sync ended. */
  readonly lastSyncedAt?: number;
  readonly nextSyncAt: number;
  readonly createdAt: number;
  /** The default branch, and its newest commit, that the last fetch found, whether its project could be read or not. */
  readonly seenBranch?: string;
  readonly seenCommit?: string;
  /** Path of its project file; unset when it has none. */
  readonly seenFile?: string;
  /** Where the project was read from. */
  readonly branch?: string;
  readonly commit?: string;
  readonly commitSubject?: string;
  readonly commitAt?: number;
  /** Lines of ssh's `known_hosts`: what its host showed at the first fetch, and must show since. */
  readonly hostKeys?: string;
  readonly webhook?: {
    readonly last: WebhookDelivery;
    /** Digests of the signatures that came last. */
    readonly seen: readonly string[];
  };
  /** One more with every change of the settings: a sync that began before writes nothing. */
  readonly revision: number;
}
