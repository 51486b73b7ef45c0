import { useMutation, useQuery } from "@connectrpc/connect-query";
import { useQueryClient } from "@tanstack/react-query";
import { type KeyRing, type MasterKey, SecretService } from "@tributary/proto/tributary/v1/secrets_pb";
import { useState } from "react";

import { toSentence } from "#api/errors.ts";
import { toMs } from "#api/time.ts";
import { formatCount, formatDateTime } from "#lib/format.ts";
import { ActButton } from "#pages/parts/act-button.tsx";
import { LoadError } from "#pages/parts/load-error.tsx";
import { ScrollRegion } from "#pages/parts/scroll-region.tsx";
import { secretsStrings } from "#pages/strings/secrets-strings.ts";
import { Button } from "#ui/button.tsx";
import { ConfirmDialog } from "#ui/confirm-dialog.tsx";
import { Dialog } from "#ui/dialog.tsx";
import { MiniTable } from "#ui/mini-table.tsx";
import { StateLabel } from "#ui/state-glyph.tsx";

const words = secretsStrings.keys;

/** The master keys, how far a rotation has come, and what can be done about them. */
export function MasterKeys({ onClose }: { readonly onClose: () => void }) {
  const { data, error, isRefetching, refetch } = useQuery(SecretService.method.getKeyRing, {});
  const [dropping, setDropping] = useState<MasterKey>();
  const client = useQueryClient();
  const rotate = useMutation(SecretService.method.rotateMasterKey, { onSuccess: () => client.invalidateQueries() });
  const ring = data?.keyRing;
  const busy = rotate.isPending || (ring?.leftCount ?? 0) > 0;
  if (dropping) return <DropKey masterKey={dropping} onClose={() => setDropping(undefined)} />;
  return (
    <Dialog
      open
      wide
      title={words.title}
      lead={words.lead}
      note={ring && words.since(formatDateTime(toMs(ring.currentSince) ?? 0), ring.changedBy)}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{words.close}</Button>
          <ActButton
            method={SecretService.method.rotateMasterKey}
            variant="primary"
            busy={busy}
            onClick={() => rotate.mutate({})}
          >
            {words.rotate}
          </ActButton>
        </>
      }
    >
      {error && !data && <LoadError error={error} busy={isRefetching} onRetry={() => void refetch()} />}
      {ring && <Progress ring={ring} />}
      {ring && <Keys ring={ring} onDrop={setDropping} />}
      {ring && <p className="dim">{words.place(ring.place, ring.keptByServer)}</p>}
      {rotate.error && (
        <p role="alert" className="hint hint--error">
          {toSentence(rotate.error)}
        </p>
      )}
    </Dialog>
  );
}

function Progress({ ring: { leftCount } }: { readonly ring: KeyRing }) {
  return (
    <p role="status">
      <StateLabel state={leftCount > 0 ? "running" : "succeeded"}>
        {leftCount > 0 ? words.left(formatCount(leftCount)) : words.done}
      </StateLabel>
    </p>
  );
}

function Keys({ ring, onDrop }: { readonly ring: KeyRing; readonly onDrop: (key: MasterKey) => void }) {
  const canDrop = ({ current, atHand, valueCount }: MasterKey) =>
    ring.keptByServer && !current && atHand && valueCount === 0;
  return (
    <ScrollRegion label={words.title}>
      <MiniTable
        label={words.title}
        rows={ring.keys}
        rowKey={({ id }) => id}
        columns={[
          { id: "id", head: words.id, cell: ({ id }) => <span className="mono">{id}</span> },
          { id: "use", head: words.use, cell: (key) => keyUse(key) },
          {
            id: "values",
            head: words.values,
            numeric: true,
            cell: ({ valueCount }) => <span className="tn">{formatCount(valueCount)}</span>,
          },
          {
            id: "acts",
            head: <span className="vh">{secretsStrings.columns.acts}</span>,
            cell: (key) =>
              canDrop(key) && (
                <Button size="small" variant="danger" aria-label={words.dropKey(key.id)} onClick={() => onDrop(key)}>
                  {words.drop}
                </Button>
              ),
          },
        ]}
      />
    </ScrollRegion>
  );
}

function keyUse({ current, former, atHand }: MasterKey) {
  if (!atHand) return <StateLabel state="lost">{words.missing}</StateLabel>;
  return current ? words.current : former ? words.former : words.unused;
}

/** Asks before a key is destroyed: backups that were made while it was current need it. */
function DropKey({ masterKey: { id }, onClose }: { readonly masterKey: MasterKey; readonly onClose: () => void }) {
  const client = useQueryClient();
  const drop = useMutation(SecretService.method.dropMasterKey, {
    onSuccess: async () => {
      await client.invalidateQueries();
      onClose();
    },
  });
  return (
    <ConfirmDialog
      open
      danger
      title={words.dropTitle(id)}
      confirm={words.dropConfirm}
      keep={secretsStrings.remove.keep}
      busy={drop.isPending}
      typeName={id}
      error={drop.error && toSentence(drop.error)}
      onConfirm={() => !drop.isPending && drop.mutate({ keyId: id })}
      onClose={onClose}
    >
      <p>{words.dropText}</p>
    </ConfirmDialog>
  );
}
