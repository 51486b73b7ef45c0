import { useQuery } from "@connectrpc/connect-query";
import { TaskOrder, TaskService, TaskState } from "@tributary/proto/tributary/v1/tasks_pb";
import type { Worker } from "@tributary/proto/tributary/v1/workers_pb";

import { formatCount } from "#lib/format.ts";
import { links } from "#pages/links.ts";
import { workerStrings } from "#pages/strings/worker-strings.ts";
import { Explain } from "#ui/explain.tsx";
import { Link } from "#ui/link.tsx";

const words = workerStrings.why;
const looked = 100;
const shown = 5;

/** Why a worker that is online runs nothing: it is draining, nothing is queued, or what is queued cannot run on it. */
export function WhyIdle({ worker }: { readonly worker: Worker }) {
  const { data } = useQuery(TaskService.method.listTasks, {
    filter: { states: [TaskState.QUEUED] },
    order: TaskOrder.CREATED_ASC,
    pageSize: looked,
  });
  if (worker.draining) return <Explain state="paused" say={words.draining} />;
  if (!data) return null;
  if (data.tasks.length === 0) return <Explain state="idle" say={words.nothing} />;
  const reasons = Map.groupBy(data.tasks, ({ reason }) => reason?.message ?? "");
  const most = [...reasons].sort(([, a], [, b]) => b.length - a.length).slice(0, shown);
  return (
    <Explain state="waiting" say={words.title}>
      <p className="dim">{words.some(formatCount(data.tasks.length))}</p>
      <ul className="lines">
        {most.map(([message, tasks]) => (
          <li key={message}>
            <span className="tn medium">{formatCount(tasks.length)}</span>
            <span className="grow">{message}</span>
            <Link className="link mono small" href={links.task(tasks[0]?.id ?? 0)}>
              #{tasks[0]?.id}
            </Link>
          </li>
        ))}
      </ul>
    </Explain>
  );
}
