import { createClient } from "@connectrpc/connect";
import { createConnectQueryKey, useQuery, useTransport } from "@connectrpc/connect-query";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type Backup, type CreateBackupResponse, SystemService } from "@tributary/proto/tributary/v1/system_pb";
import { useState } from "react";

import { toSentence } from "#api/errors.ts";
import { toMs } from "#api/time.ts";
import { formatBytes, formatCount } from "#lib/format.ts";
import { ActButton } from "#pages/parts/act-button.tsx";
import { settingsStrings } from "#pages/strings/settings-strings.ts";
import { Panel } from "#ui/board.tsx";
import { RelativeTime } from "#ui/relative-time.tsx";
import { showToast } from "#ui/toasts.ts";

const words = settingsStrings;
const most = 6;

/** The backups there are, and the button that makes one. */
export function BackupsPanel() {
  const { data } = useQuery(SystemService.method.listBackups, {});
  const { progress, isPending, start } = useBackup();
  const button = (
    <ActButton method={SystemService.method.createBackup} size="small" icon="copy" busy={isPending} onClick={start}>
      {words.backUp}
    </ActButton>
  );
  return (
    <Panel span={12} title={words.backups} sub={data && <code>{data.folder}</code>} more={button}>
      <p className="dim backup-progress" aria-live="polite">
        {progress && words.copying(stepOf(progress), formatCount(progress.files), formatBytes(Number(progress.bytes)))}
      </p>
      {data?.backups.length === 0 && !progress && <p className="dim">{words.noBackups}</p>}
      <ul className="lines backups" aria-label={words.backups}>
        {data?.backups.slice(0, most).map((backup) => (
          <BackupLine key={backup.name} backup={backup} />
        ))}
      </ul>
    </Panel>
  );
}

function stepOf({ step }: CreateBackupResponse): string {
  return words.steps[step] ?? step;
}

function BackupLine({ backup: { name, createTime, bytes, version, hasObjects } }: { readonly backup: Backup }) {
  const at = toMs(createTime);
  return (
    <li>
      <span className="backup-when">{at !== undefined && <RelativeTime at={at} suffix={words.ago} />}</span>
      <code className="cut grow">{name}</code>
      {!hasObjects && <span className="faint wide-only">{words.withoutFiles}</span>}
      <span className="faint wide-only">{version}</span>
      <span className="num">{formatBytes(Number(bytes))}</span>
    </li>
  );
}

/** Makes a backup and tells how far it is. */
function useBackup() {
  const transport = useTransport();
  const client = useQueryClient();
  const [progress, setProgress] = useState<CreateBackupResponse>();
  const { mutate, isPending } = useMutation({
    async mutationFn() {
      for await (const told of createClient(SystemService, transport).createBackup({}, { timeoutMs: 0 })) {
        setProgress(told);
        if (told.backup) return told.backup;
      }
      throw new Error("the stream ended before the backup was whole");
    },
    onSuccess: ({ path }) => showToast({ title: words.backedUp, text: path, state: "succeeded" }),
    onError: (error) => showToast({ title: words.backupFailed, text: toSentence(error), state: "failed" }),
    onSettled() {
      setProgress(undefined);
      const queryKey = createConnectQueryKey({ schema: SystemService.method.listBackups, cardinality: undefined });
      return client.invalidateQueries({ queryKey });
    },
  });
  return { progress, isPending, start: () => mutate() };
}
