import { durationMs, type Timestamp } from "@bufbuild/protobuf/wkt";
import type { Attempt } from "@tributary/proto/tributary/v1/tasks_pb";

import { toMs } from "#api/time.ts";
import { formatBytes, formatDateTime, formatDuration } from "#lib/format.ts";
import { links } from "#pages/links.ts";
import { PageBody } from "#pages/parts/page-body.tsx";
import { ScrollRegion } from "#pages/parts/scroll-region.tsx";
import { taskStrings } from "#pages/strings/task-strings.ts";
import { usageStrings } from "#pages/strings/usage-strings.ts";
import { attemptLabel, attemptState } from "#pages/task/attempt-words.ts";
import { environmentWords } from "#pages/task/environment-words.ts";
import { EmptyState } from "#ui/empty-state.tsx";
import { Link } from "#ui/link.tsx";
import { MiniTable } from "#ui/mini-table.tsx";
import { Duration } from "#ui/relative-time.tsx";
import { StateLabel } from "#ui/state-glyph.tsx";

const words = taskStrings.attempt;

/** Each try of the task: when it was where, and how it ended. */
export function AttemptsView({ attempts }: { readonly attempts: readonly Attempt[] }) {
  if (attempts.length === 0) {
    return (
      <PageBody>
        <EmptyState icon="clock" title={words.none}>
          {words.noneText}
        </EmptyState>
      </PageBody>
    );
  }
  return (
    <PageBody>
      <ScrollRegion label={words.list}>
        <MiniTable
          stack
          label={words.list}
          rows={attempts}
          rowKey={({ number }) => String(number)}
          columns={[
            { id: "number", head: words.number, numeric: true, cell: ({ number }) => number },
            {
              id: "outcome",
              head: words.outcome,
              cell: (attempt) => <StateLabel state={attemptState(attempt)}>{attemptLabel(attempt)}</StateLabel>,
            },
            {
              id: "reason",
              head: words.reason,
              cell: ({ reason }) => <span className="prose">{reason?.message}</span>,
            },
            {
              id: "worker",
              head: words.worker,
              cell: ({ workerName, workerId }) => (
                <Link className="plain-figures" href={links.worker(workerId)}>
                  {workerName || workerId}
                </Link>
              ),
            },
            { id: "assigned", head: words.assigned, cell: ({ assignTime }) => timeOf(assignTime) },
            {
              id: "prepared",
              head: words.prepared,
              numeric: true,
              cell: (attempt) => spanOf(attempt.prepareTime, attempt.startTime),
            },
            {
              id: "ran",
              head: words.ran,
              numeric: true,
              cell: (attempt) => spanOf(attempt.startTime, attempt.collectTime ?? attempt.endTime),
            },
            {
              id: "environment",
              head: words.environment,
              cell: ({ environment }) => (
                <span className="plain-figures">{environment && environmentWords(environment)}</span>
              ),
            },
            {
              id: "memory",
              head: usageStrings.peakMemory,
              numeric: true,
              cell: ({ usage }) => (usage ? formatBytes(Number(usage.peakMemoryBytes)) : null),
            },
            {
              id: "cpu",
              head: usageStrings.cpuTime,
              numeric: true,
              cell: ({ usage }) => (usage?.cpuTime ? formatDuration(durationMs(usage.cpuTime)) : null),
            },
          ]}
        />
      </ScrollRegion>
    </PageBody>
  );
}

function timeOf(time: Timestamp | undefined): string {
  const at = toMs(time);
  return at === undefined ? "" : formatDateTime(at);
}

function spanOf(from: Timestamp | undefined, to: Timestamp | undefined) {
  const [start, end] = [toMs(from), toMs(to)];
  return start === undefined ? null : <Duration from={start} to={end} />;
}
