import { type Task, type TaskOrigin, TaskOriginKind } from "@tributary/proto/tributary/v1/tasks_pb";

import { toMs } from "#api/time.ts";
import { formatShortDateTime } from "#lib/format.ts";
import { links } from "#pages/links.ts";
import { LabelLinks } from "#pages/parts/label-links.tsx";
import { dialectWord, runOf } from "#pages/parts/task-words.ts";
import { taskStrings } from "#pages/strings/task-strings.ts";
import { Facts } from "#ui/facts.tsx";
import { Link } from "#ui/link.tsx";
import { Duration } from "#ui/relative-time.tsx";

const words = taskStrings.fact;

/** Where the task comes from and when it was: one line under its title. */
export function TaskFacts({ task, origin }: { readonly task: Task; readonly origin: TaskOrigin | undefined }) {
  const created = toMs(task.createTime);
  const run = runOf(task);
  return (
    <Facts>
      {task.projectName && <Project task={task} />}
      {dialectWord(task.dialect)}
      <span className="mono">#{task.id}</span>
      {task.commit && (
        <>
          {words.at} <code>{task.commit.slice(0, 7)}</code>
        </>
      )}
      {origin?.kind === TaskOriginKind.SCHEDULE ? (
        <Link className="link" href={links.schedules(origin.id)}>
          {words.bySchedule}
        </Link>
      ) : (
        task.creator && words.by(task.creator)
      )}
      {created !== undefined && <time dateTime={new Date(created).toISOString()}>{formatShortDateTime(created)}</time>}
      {run && (
        <>
          {run.to === undefined ? words.running : words.took} <Duration {...run} long />
        </>
      )}
      {task.retryOf > 0 && (
        <Link className="link" href={links.task(task.retryOf)}>
          {words.retryOf(task.retryOf)}
        </Link>
      )}
      {task.labels.length > 0 && <LabelLinks labels={task.labels} most={4} />}
    </Facts>
  );
}

function Project({ task }: { readonly task: Task }) {
  if (!task.projectId) return <>{task.projectName}</>;
  return <Link href={links.project(task.projectId)}>{task.projectName}</Link>;
}
