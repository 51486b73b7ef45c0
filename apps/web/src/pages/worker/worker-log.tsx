import { LogLevel } from "@tributary/proto/tributary/v1/logs_pb";
import { type Worker, WorkerKind, type WorkerLogLine } from "@tributary/proto/tributary/v1/workers_pb";
import { useState } from "react";

import "#pages/worker/worker-log.css";
import { toMs } from "#api/time.ts";
import { formatCount, formatDateTime } from "#lib/format.ts";
import { LoadError } from "#pages/parts/load-error.tsx";
import { ScrollRegion } from "#pages/parts/scroll-region.tsx";
import { workerStrings } from "#pages/strings/worker-strings.ts";
import { useWorkerLog } from "#pages/worker/use-worker-log.ts";
import { Button } from "#ui/button.tsx";
import { MiniTable } from "#ui/mini-table.tsx";
import { StateLabel } from "#ui/state-glyph.tsx";

const words = workerStrings.ownLog;
/** Lines that are shown before all are asked for. */
const few = 30;

/** What a worker's program says itself, newest first. */
export function WorkerLog({ worker: { id, kind } }: { readonly worker: Pick<Worker, "id" | "kind"> }) {
  if (kind === WorkerKind.SCITQ) return <p className="dim">{words.scitq}</p>;
  return <Lines workerId={id} />;
}

function Lines({ workerId }: { readonly workerId: string }) {
  const { data, error, isRefetching, refetch } = useWorkerLog(workerId);
  const [all, setAll] = useState(false);
  if (error && !data) return <LoadError error={error} busy={isRefetching} onRetry={() => void refetch()} />;
  if (!data) return null;
  if (data.lines.length === 0) return <p className="dim">{words.none}</p>;
  const shown = data.lines.slice(all ? 0 : -few).toReversed();
  return (
    <div className="worker-log">
      <ScrollRegion label={words.title}>
        <MiniTable
          label={words.title}
          rows={shown}
          rowKey={({ sequence }) => String(sequence)}
          columns={[
            {
              id: "time",
              head: words.columns.time,
              cell: ({ time }) => <span className="tn dim">{formatDateTime(toMs(time) ?? 0)}</span>,
            },
            { id: "level", head: words.columns.level, cell: ({ level }) => <Level level={level} /> },
            { id: "message", head: words.columns.message, cell: (line) => <Message line={line} /> },
          ]}
        />
      </ScrollRegion>
      {!all && data.lines.length > few && (
        <Button onClick={() => setAll(true)}>{words.all(formatCount(data.lines.length))}</Button>
      )}
    </div>
  );
}

function Level({ level }: { readonly level: LogLevel }) {
  if (level === LogLevel.ERROR) return <StateLabel state="failed">{words.levels.error}</StateLabel>;
  if (level === LogLevel.WARN) return <StateLabel state="waiting">{words.levels.warn}</StateLabel>;
  return <span className="dim">{words.levels.info}</span>;
}

function Message({ line: { message, gapBefore } }: { readonly line: WorkerLogLine }) {
  return (
    <>
      <span className="mono worker-log-message">{message}</span>
      {gapBefore && <span className="faint small worker-log-gap">{words.gap}</span>}
    </>
  );
}
