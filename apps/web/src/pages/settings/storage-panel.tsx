import { durationMs } from "@bufbuild/protobuf/wkt";
import { createClient } from "@connectrpc/connect";
import { createConnectQueryKey, useTransport } from "@connectrpc/connect-query";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type GetStorageResponse, type StoredKind, SystemService } from "@tributary/proto/tributary/v1/system_pb";

import { toSentence } from "#api/errors.ts";
import { toMs } from "#api/time.ts";
import { formatBytes, formatCount, formatPercent } from "#lib/format.ts";
import { ActButton } from "#pages/parts/act-button.tsx";
import { settingsStrings } from "#pages/strings/settings-strings.ts";
import { Panel } from "#ui/board.tsx";
import { Facts } from "#ui/facts.tsx";
import { Meter } from "#ui/meter.tsx";
import { RelativeTime } from "#ui/relative-time.tsx";
import { showToast } from "#ui/toasts.ts";

const words = settingsStrings;
/** Above this share of what may be kept a meter is drawn as a problem: the oldest are about to go, or the disk to fill. */
const nearlyFull = 0.9;

/** What is kept, how much of it, and until when. */
export function StoragePanel({ storage }: { readonly storage: GetStorageResponse | undefined }) {
  return (
    <Panel span={7} title={words.storage} sub={storage && <LastSweep storage={storage} />} more={<SweepButton />}>
      <ul className="lines stored" aria-label={words.storage}>
        {storage && <DiskLine storage={storage} />}
        {storage?.kinds.map((kind) => (
          <KindLine key={kind.kind} stored={kind} />
        ))}
      </ul>
    </Panel>
  );
}

function LastSweep({ storage }: { readonly storage: GetStorageResponse }) {
  const at = toMs(storage.lastSweep?.endTime);
  if (at === undefined) return words.notSwept;
  return (
    <>
      {words.lastSweep} <RelativeTime at={at} suffix={words.ago} />
    </>
  );
}

function SweepButton() {
  const transport = useTransport();
  const client = useQueryClient();
  const sweep = useMutation({
    // It may take longer than other calls.
    mutationFn: () => createClient(SystemService, transport).sweepNow({}, { timeoutMs: 0 }),
    onSuccess: ({ sweep: done }) => {
      const some = Object.entries(done?.removed ?? {}).filter(([, count]) => count > 0n);
      const what = some.map(([kind, count]) => unit(kind, count)).join(", ");
      const [problem] = done?.problems ?? [];
      showToast({
        title: words.swept,
        text: problem ?? words.sweptWhat(what),
        state: problem === undefined ? "succeeded" : "problem",
      });
      const queryKey = createConnectQueryKey({ schema: SystemService.method.getStorage, cardinality: undefined });
      void client.invalidateQueries({ queryKey });
    },
    onError: (error) => showToast({ title: words.sweepFailed, text: toSentence(error), state: "failed" }),
  });
  return (
    <ActButton
      method={SystemService.method.sweepNow}
      size="small"
      busy={sweep.isPending}
      onClick={() => sweep.mutate()}
    >
      {words.sweepNow}
    </ActButton>
  );
}

function unit(kind: string, count: bigint): string {
  const [one, several] = words.units[kind] ?? [kind, kind];
  return `${formatCount(count)} ${count === 1n ? one : several}`;
}

/** Limits are whole hours. */
function ageText(ms: number): string {
  const hours = Math.round(ms / 3_600_000);
  return hours % 24 === 0 ? words.days(formatCount(hours / 24)) : words.hours(formatCount(hours));
}

function DiskLine({ storage }: { readonly storage: GetStorageResponse }) {
  const [all, free] = [Number(storage.diskBytes), Number(storage.diskFreeBytes)];
  const used = all === 0 ? 0 : 1 - free / all;
  return (
    <li>
      <span className="medium stored-name">{words.disk}</span>
      <Meter
        label={words.diskShare(formatPercent(used))}
        used={used}
        state={used > nearlyFull ? "problem" : "running"}
        width={96}
      />
      <Facts>
        {words.diskFree(formatBytes(free), formatBytes(all))}
        {storage.databaseBytes > 0n && words.tablesTake(formatBytes(Number(storage.databaseBytes)))}
      </Facts>
    </li>
  );
}

function KindLine({ stored }: { readonly stored: StoredKind }) {
  const { kind, count, bytes, oldestTime, countedTime, removedCount } = stored;
  const share = shareOf(stored);
  const name = words.kinds[kind] ?? kind;
  const oldest = toMs(oldestTime);
  const counted = toMs(countedTime);
  const isUncounted = kind === "logs" && countedTime === undefined;
  return (
    <li>
      <span className="medium stored-name">{name}</span>
      {share === undefined ? (
        <span className="no-meter" />
      ) : (
        <Meter label={words.share(name, formatPercent(share))} used={share} width={96} />
      )}
      <Facts>
        {isUncounted ? words.notCounted : unit(kind, count)}
        {bytes !== undefined && formatBytes(Number(bytes))}
        {oldest !== undefined && (
          <>
            {words.oldest} <RelativeTime at={oldest} suffix={words.ago} />
          </>
        )}
        {counted !== undefined && (
          <>
            {words.counted} <RelativeTime at={counted} suffix={words.ago} />
          </>
        )}
        {limitOf(stored)}
        {removedCount > 0n && words.removed(formatCount(removedCount))}
      </Facts>
    </li>
  );
}

/** Of what may be kept, by whichever limit is nearer. */
function shareOf({ count, bytes, maxCount, maxBytes }: StoredKind): number | undefined {
  const shares = [
    ...(maxCount === undefined ? [] : [Number(count) / Number(maxCount)]),
    ...(maxBytes === undefined || bytes === undefined ? [] : [Number(bytes) / Number(maxBytes)]),
  ];
  return shares.length === 0 ? undefined : Math.max(...shares);
}

function limitOf({ kind, maxAge, maxCount, maxBytes }: StoredKind): string {
  const age = maxAge && ageText(durationMs(maxAge));
  const limits = [
    age === undefined ? words.keptForever : kind === "objects" ? words.unusedFor(age) : words.keptFor(age),
    ...(maxCount === undefined ? [] : [words.most(formatCount(maxCount))]),
    ...(maxBytes === undefined ? [] : [words.most(formatBytes(Number(maxBytes)))]),
  ];
  return limits.join(", ");
}
