import { durationFromMs, timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import type { SystemService } from "@tributary/proto/tributary/v1/system_pb";
import { createBackup } from "#core/backup/create-backup.ts";
import { runChecks } from "#core/checks/run-checks.ts";
import type { BackupProgress } from "#core/ports/backups.ts";
import type { Ports } from "#core/ports/index.ts";
import { getStorage } from "#core/retention/storage.ts";
import { sweep } from "#core/retention/sweep.ts";
import { fromBackup, fromCheck, fromStoredKind, fromSweep } from "#facades/tributary/translate-system.ts";
import { principalOf } from "#rpc/auth.ts";
import { followProgress } from "#rpc/follow-progress.ts";

/** What the server tells about itself. */
export interface SystemFacts {
  readonly version: string;
  readonly store: string;
  readonly auth: string;
  readonly dataFolder: string;
  readonly startedAt: number;
  /** Of what keeps the state, where that is told. */
  readonly storeVersion?: string;
  /** What the server runs on. */
  readonly runtime?: string;
}

export function systemHandlers(ports: Ports, facts: SystemFacts): ServiceImpl<typeof SystemService> {
  const { startedAt, ...told } = facts;
  return {
    getSystem(_request, context) {
      const principal = principalOf(context).name;
      return { ...told, principal, startTime: timestampFromMs(startedAt) };
    },
    async getStorage() {
      const { kinds, databaseBytes, objectsPlace, disk, sweeps } = await getStorage(ports);
      return {
        kinds: kinds.map(fromStoredKind),
        databaseBytes: BigInt(databaseBytes),
        objectsPlace,
        diskBytes: BigInt(disk.total),
        diskFreeBytes: BigInt(disk.free),
        sweepInterval: durationFromMs(ports.retention.sweepEvery),
        ...(sweeps && { lastSweep: fromSweep(sweeps.last) }),
      };
    },
    async sweepNow() {
      // Others may wait for the same sweep: a caller who goes away does not end it.
      return { sweep: fromSweep(await sweep(ports, new AbortController().signal)) };
    },
    async *createBackup(_request, { signal }) {
      let told: BackupProgress = { step: "database", files: 0, bytes: 0 };
      for await (const news of followProgress((tell: (progress: BackupProgress) => void) =>
        createBackup(ports, tell, signal),
      )) {
        if ("progress" in news) told = news.progress;
        yield { ...fromProgress(told), ...("result" in news && { backup: fromBackup(news.result) }) };
      }
    },
    async runChecks() {
      const checks = await runChecks(ports, within);
      return { checks: checks.map(fromCheck), checkTime: timestampFromMs(ports.clock.now()) };
    },
    async listBackups() {
      return { backups: (await ports.backups.list()).map(fromBackup), folder: ports.backups.place };
    },
  };
}

/** For one check. */
const patience = 20_000;

async function within<T>(promise: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`there was no answer in ${patience / 1_000} s`)), patience);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function fromProgress({ step, files, bytes }: BackupProgress) {
  return { step, files: BigInt(files), bytes: BigInt(bytes) };
}
