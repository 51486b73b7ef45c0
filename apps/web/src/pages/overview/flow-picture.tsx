import type { GetOverviewResponse, StateCount } from "@tributary/proto/tributary/v1/overview_pb";
import { TaskState } from "@tributary/proto/tributary/v1/tasks_pb";
import type { ReactNode } from "react";

import { toMs } from "#api/time.ts";
import { formatCount, formatPercent } from "#lib/format.ts";
import { links } from "#pages/links.ts";
import { flowSize, shapeFlow, trunkPath } from "#pages/overview/flow-shape.ts";
import { Age } from "#pages/parts/age.tsx";
import { dialectWord, stateGlyph } from "#pages/parts/task-words.ts";
import { overviewStrings } from "#pages/strings/overview-strings.ts";
import { stateStrings } from "#pages/strings/state-strings.ts";
import { dialectName, type SinceName, type StateName, stateName } from "#pages/task-search.ts";
import { Link } from "#ui/link.tsx";
import { type State, StateGlyph } from "#ui/state-glyph.tsx";

const words = overviewStrings.flow;

const shownStates = [
  TaskState.WAITING,
  TaskState.QUEUED,
  TaskState.ACTIVE,
  TaskState.SUCCEEDED,
  TaskState.FAILED,
  TaskState.CANCELLED,
] as const;
const rowHeight = 25;

interface FlowProps {
  readonly overview: GetOverviewResponse;
  readonly since: SinceName;
}

/** From which APIs tasks came, and how they stand: one picture, each end a link to its list. */
export function FlowPicture({ overview, since }: FlowProps) {
  const incoming = overview.dialects.filter(({ count }) => count > 0).toSorted((a, b) => b.count - a.count);
  const outgoing = shownStates.map((state) => ({ state, count: countOf(overview.states, state) }));
  const rest = flowSize.height - rowHeight * (shownStates.length - 1);
  const shape = shapeFlow(
    incoming.map(({ count }) => ({ count, row: flowSize.height / Math.max(1, incoming.length) })),
    outgoing.map(({ state, count }) => ({ count, row: state === TaskState.SUCCEEDED ? rest : rowHeight })),
  );
  return (
    <section className="flow" aria-label={words.label}>
      <ul className="flow-in">
        {incoming.map(({ dialect, count }) => {
          const name = dialectName(dialect);
          return (
            <li key={dialect}>
              <Link href={links.tasks({ dialect: name && [name], since })}>
                <span>{dialectWord(dialect)}</span>
                <b className="tn">{formatCount(count)}</b>
              </Link>
            </li>
          );
        })}
      </ul>
      <svg viewBox={`0 0 ${flowSize.width} ${flowSize.height}`} preserveAspectRatio="none" aria-hidden="true">
        <g className="flow-incoming">
          {shape.left.map((band, index) => band && <path key={incoming[index]?.dialect} d={band.path} />)}
          <path d={trunkPath(shape.left)} />
        </g>
        {shape.right.map((band, index) => {
          const state = outgoing[index]?.state;
          return (
            band && state !== undefined && <path key={state} className={`flow-${stateGlyph(state)}`} d={band.path} />
          );
        })}
      </svg>
      <ul className="flow-out">
        {outgoing.map(({ state, count }) => (
          <Outcome
            key={state}
            glyph={stateGlyph(state)}
            name={stateName(state)}
            count={count}
            tall={state === TaskState.SUCCEEDED}
            since={since}
          >
            <Remark state={state} overview={overview} />
          </Outcome>
        ))}
      </ul>
    </section>
  );
}

function Outcome(props: {
  readonly glyph: State;
  readonly name: StateName | undefined;
  readonly count: number;
  readonly tall: boolean;
  readonly since: SinceName;
  readonly children: ReactNode;
}) {
  const ended = props.glyph === "succeeded" || props.glyph === "failed" || props.glyph === "cancelled";
  const href = links.tasks({ state: props.name && [props.name], since: ended ? props.since : undefined });
  return (
    <li className={props.tall ? "tall" : undefined}>
      <Link href={href} className={props.count === 0 ? "faint" : undefined}>
        <StateGlyph state={props.glyph} />
        <b className="tn">{formatCount(props.count)}</b>
        <span>{stateStrings[props.glyph]}</span>
        <em>{props.count > 0 && props.children}</em>
      </Link>
    </li>
  );
}

/** What a number alone does not tell. */
function Remark({ state, overview }: { readonly state: TaskState; readonly overview: GetOverviewResponse }) {
  switch (state) {
    case TaskState.WAITING:
      return <Oldest at={toMs(overview.oldestWaitTime)} word={words.longest} />;
    case TaskState.QUEUED:
      return <Oldest at={toMs(overview.oldestQueueTime)} word={words.oldest} />;
    case TaskState.ACTIVE:
      return words.slots(
        formatCount(overview.workers.reduce((sum, { slots, online }) => sum + (online ? slots : 0), 0)),
      );
    case TaskState.SUCCEEDED:
      return words.share(formatPercent(countOf(overview.states, state) / endedCount(overview.states)));
    case TaskState.FAILED:
      return words.causes(overview.failures.length);
    default:
      return null;
  }
}

function Oldest({ at, word }: { readonly at: number | undefined; readonly word: string }) {
  if (at === undefined) return null;
  return (
    <>
      {word} <Age from={at} />
    </>
  );
}

export function countOf(states: readonly StateCount[], state: TaskState): number {
  return states.find((each) => each.state === state)?.count ?? 0;
}

function endedCount(states: readonly StateCount[]): number {
  return [TaskState.SUCCEEDED, TaskState.FAILED, TaskState.CANCELLED].reduce(
    (sum, state) => sum + countOf(states, state),
    0,
  );
}
