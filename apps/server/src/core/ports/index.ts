import type { AuditTrail } from "#core/audit/audit-trail.ts";
import type { Leases } from "#core/dispatch/leases.ts";
import type { WaitingWorkers } from "#core/dispatch/waiting-workers.ts";
import type { Staging } from "#core/jobs/staging.ts";
import type { ModelSettings } from "#core/models/model-settings.ts";
import type { Archiver } from "#core/ports/archiver.ts";
import type { Backups } from "#core/ports/backups.ts";
import type { Calendar } from "#core/ports/calendar.ts";
import type { Clock } from "#core/ports/clock.ts";
import type { Digest } from "#core/ports/digest.ts";
import type { FileSource } from "#core/ports/file-source.ts";
import type { Git } from "#core/ports/git.ts";
import type { LogStore } from "#core/ports/log-store.ts";
import type { Machine } from "#core/ports/machine.ts";
import type { ModelEndpoints } from "#core/ports/model-endpoints.ts";
import type { ObjectStore } from "#core/ports/object-store.ts";
import type { ProjectFileReader } from "#core/ports/project-file-reader.ts";
import type { Provider } from "#core/ports/provider.ts";
import type { Random } from "#core/ports/random.ts";
import type { SecretVault } from "#core/ports/secret-vault.ts";
import type { Store } from "#core/ports/store.ts";
import type { Tables } from "#core/ports/tables.ts";
import type { Tracking } from "#core/ports/tracking.ts";
import type { Zip } from "#core/ports/zip.ts";
import type { ProviderSettings } from "#core/providers/provided-worker.ts";
import type { Retention } from "#core/retention/retention.ts";
import type { KnownTokens } from "#core/tokens/known-tokens.ts";
import type { TaskqueueSettings } from "#core/workers/worker.ts";
import type { WorkerLogs } from "#core/workers/worker-logs.ts";

/** Everything the core asks of the outside. A use case takes the few it needs. */
export interface Ports {
  readonly store: Store;
  readonly logs: LogStore;
  readonly objects: ObjectStore;
  readonly archiver: Archiver;
  readonly backups: Backups;
  readonly machine: Machine;
  readonly zip: Zip;
  readonly tables: Tables;
  /** Where files are looked for that jobs name, in this order; a setting of this server. */
  readonly fileSources: readonly FileSource[];
  /** Files that are being fetched for jobs; state of this process. */
  readonly staging: Staging;
  readonly git: Git;
  readonly tracking: Tracking;
  /** What starts workers on machines, in the order in which they are listed. */
  readonly providers: readonly Provider[];
  readonly providerSettings: ProviderSettings;
  readonly endpoints: ModelEndpoints;
  readonly modelSettings: ModelSettings;
  readonly vault: SecretVault;
  readonly projectFiles: ProjectFileReader;
  readonly clock: Clock;
  readonly calendar: Calendar;
  readonly random: Random;
  /** What is removed by itself; a setting of this server. */
  readonly retention: Retention;
  readonly digest: Digest;
  /** How workers share TaskQueue's tasks; settings of this server. */
  readonly taskqueue: TaskqueueSettings;
  /** How long each worker may be silent; state of this process. */
  readonly leases: Leases;
  /** What workers say themselves; state of this process. */
  readonly workerLogs: WorkerLogs;
  /** Secrets go to workers of other machines also without TLS; a setting of this server. */
  readonly plainSecrets: boolean;
  /** Workers that can be given work at once; state of this process. */
  readonly waiting: WaitingWorkers;
  /** Where it is written who changed what. */
  readonly audit: AuditTrail;
  /** Who may call; what this process knows of the store's tokens. */
  readonly tokens: KnownTokens;
}
