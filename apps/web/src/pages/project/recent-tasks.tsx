import { useQuery } from "@connectrpc/connect-query";
import { TaskService } from "@tributary/proto/tributary/v1/tasks_pb";

import { toMs } from "#api/time.ts";
import { useWatch } from "#api/use-watch.ts";
import { links } from "#pages/links.ts";
import { glyphOf, stateWord, titleOf, whyOf } from "#pages/parts/task-words.ts";
import { projectStrings } from "#pages/strings/project-strings.ts";
import { Link } from "#ui/link.tsx";
import { RelativeTime } from "#ui/relative-time.tsx";
import { StateGlyph } from "#ui/state-glyph.tsx";

/** The newest tasks of a project, as they come. */
export function RecentTasks({ projectName }: { readonly projectName: string }) {
  const { data, refetch } = useQuery(TaskService.method.listTasks, { filter: { projectName }, pageSize: 8 });
  useWatch(({ tasks }) => {
    const known = new Set(data?.tasks.map(({ id }) => id));
    if ([...tasks.values()].some((task) => task.projectName === projectName && !known.has(task.id)))
      void refetch({ cancelRefetch: false });
  });
  if (data?.tasks.length === 0) return <p className="dim">{projectStrings.noRuns}</p>;
  return (
    <ul className="lines">
      {data?.tasks.map((task) => {
        const created = toMs(task.createTime);
        return (
          <li key={task.id}>
            <StateGlyph state={glyphOf(task)} label={stateWord(task)} />
            <span className="td-task grow">
              <Link className="name" href={links.task(task.id)}>
                {titleOf(task)}
              </Link>
              <span className="why">{whyOf(task)}</span>
            </span>
            <span className="num dim">{created !== undefined && <RelativeTime at={created} />}</span>
          </li>
        );
      })}
    </ul>
  );
}
