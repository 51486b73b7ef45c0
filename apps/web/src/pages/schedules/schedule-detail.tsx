import { useQuery } from "@connectrpc/connect-query";
import {
  MissedTicks,
  type Schedule,
  ScheduleService,
  type Tick,
  TickOutcome,
} from "@tributary/proto/tributary/v1/schedules_pb";

import { toMs } from "#api/time.ts";
import { formatDateTime } from "#lib/format.ts";
import { links } from "#pages/links.ts";
import { LoadError } from "#pages/parts/load-error.tsx";
import { ScrollRegion } from "#pages/parts/scroll-region.tsx";
import { schedulesStrings } from "#pages/strings/schedules-strings.ts";
import { Link } from "#ui/link.tsx";
import { MiniTable } from "#ui/mini-table.tsx";
import { RelativeTime } from "#ui/relative-time.tsx";
import { type State, StateLabel } from "#ui/state-glyph.tsx";

const words = schedulesStrings;
const shown = 10;

const outcomes: Readonly<Record<TickOutcome, readonly [State, string]>> = {
  [TickOutcome.UNSPECIFIED]: ["idle", ""],
  [TickOutcome.STARTED]: ["succeeded", words.outcomes.started],
  [TickOutcome.SKIPPED]: ["skipped", words.outcomes.skipped],
  [TickOutcome.MISSED]: ["lost", words.outcomes.missed],
  [TickOutcome.REFUSED]: ["failed", words.outcomes.refused],
};

/** A schedule's next times, and what came of the past ones. */
export function ScheduleDetail({ id }: { readonly id: string }) {
  const { data, error, isRefetching, refetch } = useQuery(ScheduleService.method.getSchedule, { id });
  if (error && !data) return <LoadError error={error} busy={isRefetching} onRetry={() => void refetch()} />;
  return (
    <div className="row-detail schedule-detail">
      <section>
        <h3>{words.nextTimes}</h3>
        {data?.schedule && <Standing schedule={data.schedule} />}
        {data?.schedule && data.nextTimes.length === 0 && !data.schedule.pause && (
          <p className="dim">{words.noNextTimes}</p>
        )}
        <ul className="lines">
          {data?.nextTimes.map((time) => {
            const at = toMs(time) ?? 0;
            return (
              <li key={at}>
                <span className="tn grow">{formatDateTime(at)}</span>
                <span className="faint small">
                  <RelativeTime at={at} />
                </span>
              </li>
            );
          })}
        </ul>
      </section>
      <section>
        <h3 className="row">
          <span className="grow">{words.history}</span>
          {data?.schedule && (
            <Link
              className="link small"
              href={links.tasks({ project: data.schedule.projectName, name: data.schedule.taskName })}
            >
              {words.allRuns}
            </Link>
          )}
        </h3>
        {data && data.ticks.length === 0 && <p className="dim">{words.noHistory}</p>}
        {data && data.ticks.length > 0 && <History ticks={data.ticks.slice(0, shown)} />}
      </section>
    </div>
  );
}

/** Who paused it and why, and what becomes of times that pass while no server runs. */
function Standing({ schedule: { pause, missedTicks } }: { readonly schedule: Schedule }) {
  const at = toMs(pause?.time);
  return (
    <>
      {pause && (
        <p>
          <StateLabel state="paused">{words.pausedBy(pause.by)}</StateLabel>{" "}
          {at !== undefined && <RelativeTime at={at} suffix={words.ago} />}
          {pause.note !== "" && `: ${pause.note}`}
        </p>
      )}
      <p className="dim small">{missedTicks === MissedTicks.SKIP ? words.skips : words.makesUp}</p>
    </>
  );
}

function History({ ticks }: { readonly ticks: readonly Tick[] }) {
  return (
    <ScrollRegion label={words.history}>
      <MiniTable
        label={words.history}
        rows={ticks}
        rowKey={({ time }) => String(toMs(time))}
        columns={[
          { id: "time", head: words.tick.time, cell: ({ time }) => formatDateTime(toMs(time) ?? 0) },
          { id: "outcome", head: words.tick.outcome, cell: (tick) => <Outcome tick={tick} /> },
          {
            id: "task",
            head: words.tick.task,
            cell: ({ taskId }) =>
              taskId > 0 && (
                <Link className="mono" href={links.task(taskId)}>
                  #{taskId}
                </Link>
              ),
          },
        ]}
      />
    </ScrollRegion>
  );
}

function Outcome({ tick: { outcome, message } }: { readonly tick: Tick }) {
  const [state, text] = outcomes[outcome];
  return <StateLabel state={state}>{message === "" ? text : `${text}: ${message}`}</StateLabel>;
}
