import {
  type GetTaskResponse,
  type Task,
  type TaskLink,
  type TaskOrigin,
  TaskOriginKind,
} from "@tributary/proto/tributary/v1/tasks_pb";
import type { ReactNode } from "react";

import { toMs } from "#api/time.ts";
import { links } from "#pages/links.ts";
import { LabelLinks } from "#pages/parts/label-links.tsx";
import { PageBody } from "#pages/parts/page-body.tsx";
import { glyphOf, stateWord, titleOf } from "#pages/parts/task-words.ts";
import { taskStrings } from "#pages/strings/task-strings.ts";
import { KeyValues } from "#ui/facts.tsx";
import { Link } from "#ui/link.tsx";
import { RelativeTime } from "#ui/relative-time.tsx";
import { StateGlyph } from "#ui/state-glyph.tsx";

const words = taskStrings.lineage;
/** As many as the server tells of. */
const mostTold = 100;

/** Where the task comes from, what it waits for, and what came of it. */
export function LineageView({ answer, task }: { readonly answer: GetTaskResponse; readonly task: Task }) {
  const { origin, retries, waitsFor, waitedForBy } = answer;
  const none = (text: string) => <span className="faint">{text}</span>;
  const items = [
    { key: "origin", label: words.startedBy, value: <Origin origin={origin} task={task} /> },
    ...(task.retryOf > 0 ? [{ key: "repeats", label: words.repeats, value: <NumberLink id={task.retryOf} /> }] : []),
    {
      key: "retries",
      label: words.repeatedBy,
      value:
        retries.length === 0 ? (
          none(words.notRepeated)
        ) : (
          <TaskLinks links={retries.map((each) => ({ task: each, label: "" }))}>
            {retries.length >= mostTold && <li className="faint">{words.mostShown(mostTold)}</li>}
          </TaskLinks>
        ),
    },
    {
      key: "waits-for",
      label: words.waitsFor,
      value: waitsFor.length === 0 ? none(words.notWaiting) : <TaskLinks links={waitsFor} />,
    },
    {
      key: "waited-for",
      label: words.waitedForBy,
      value: waitedForBy.length === 0 ? none(words.notWaitedFor) : <TaskLinks links={waitedForBy} />,
    },
    {
      key: "labels",
      label: words.labels,
      value: task.labels.length === 0 ? none(words.noLabels) : <LabelLinks labels={task.labels} />,
    },
  ];
  return (
    <PageBody>
      <KeyValues items={items} />
    </PageBody>
  );
}

/** How many tasks {@link LineageView} leads to. */
export function countLineage({ retries, waitsFor, waitedForBy, task }: GetTaskResponse): number | undefined {
  return retries.length + waitsFor.length + waitedForBy.length + (task && task.retryOf > 0 ? 1 : 0) || undefined;
}

function Origin({ origin, task }: { readonly origin: TaskOrigin | undefined; readonly task: Task }) {
  const led = (text: string, href: string) => (
    <>
      {text}{" "}
      <Link className="link" href={href}>
        {origin?.id}
      </Link>
    </>
  );
  switch (origin?.kind) {
    case TaskOriginKind.SCHEDULE:
      return led(words.schedule, links.schedules(origin.id));
    case TaskOriginKind.DATA_SET:
      return led(words.dataSet, links.dataSets());
    case TaskOriginKind.MODEL:
      return led(words.model, links.model(origin.id));
    case TaskOriginKind.BATCH:
      return <>{words.batch(task.creator)}</>;
    default:
      return <>{words.person(task.creator)}</>;
  }
}

function NumberLink({ id }: { readonly id: number }) {
  return (
    <Link className="link" href={links.task(id)}>
      #{id}
    </Link>
  );
}

/** Other tasks, each with how it stands. */
function TaskLinks(props: {
  readonly links: readonly Pick<TaskLink, "task" | "label">[];
  readonly children?: ReactNode;
}) {
  return (
    <ul className="task-links">
      {props.links.map(({ task, label }) =>
        task === undefined ? null : (
          <li key={`${task.id} ${label}`}>
            <StateGlyph state={glyphOf(task)} label={stateWord(task)} />{" "}
            <Link className="link" href={links.task(task.id)}>
              {titleOf(task)} #{task.id}
            </Link>{" "}
            <span className="faint">
              {label} <RelativeTime at={toMs(task.createTime) ?? 0} />
            </span>
          </li>
        ),
      )}
      {props.children}
    </ul>
  );
}
