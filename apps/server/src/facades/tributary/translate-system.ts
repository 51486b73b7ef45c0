import type { MessageInitShape } from "@bufbuild/protobuf";
import { durationFromMs, timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  type BackupSchema,
  type CheckSchema,
  CheckStatus,
  type StoredKindSchema,
  type SweepSchema,
} from "@tributary/proto/tributary/v1/system_pb";
import type { CheckResult } from "#core/checks/check.ts";
import type { Backup } from "#core/ports/backups.ts";
import type { StoredKind } from "#core/retention/storage.ts";
import type { SweepResult } from "#core/retention/sweep-result.ts";

export function fromStoredKind(stored: StoredKind): MessageInitShape<typeof StoredKindSchema> {
  const { kind, count, bytes, oldestAt, maxAge, maxCount, maxBytes, countedAt, removed } = stored;
  return {
    kind,
    count: BigInt(count),
    removedCount: BigInt(removed),
    ...(bytes !== undefined && { bytes: BigInt(bytes) }),
    ...(oldestAt !== undefined && { oldestTime: timestampFromMs(Math.floor(oldestAt)) }),
    ...(maxAge !== undefined && { maxAge: durationFromMs(maxAge) }),
    ...(maxCount !== undefined && { maxCount: BigInt(maxCount) }),
    ...(maxBytes !== undefined && { maxBytes: BigInt(Math.floor(maxBytes)) }),
    ...(countedAt !== undefined && { countedTime: timestampFromMs(countedAt) }),
  };
}

export function fromSweep({
  startedAt,
  endedAt,
  removed,
  problems,
}: SweepResult): MessageInitShape<typeof SweepSchema> {
  return {
    startTime: timestampFromMs(startedAt),
    endTime: timestampFromMs(endedAt),
    removed: Object.fromEntries(Object.entries(removed).map(([kind, count]) => [kind, BigInt(count)])),
    problems: [...problems],
  };
}

export function fromBackup(backup: Backup): MessageInitShape<typeof BackupSchema> {
  const { name, path, createdAt, bytes, version, hasObjects } = backup;
  return { name, path, createTime: timestampFromMs(createdAt), bytes: BigInt(bytes), version, hasObjects };
}

const statuses = { ok: CheckStatus.OK, warn: CheckStatus.WARN, fail: CheckStatus.FAIL } as const;

export function fromCheck({ name, status, found, advice = "" }: CheckResult): MessageInitShape<typeof CheckSchema> {
  return { name, status: statuses[status], found, advice };
}
