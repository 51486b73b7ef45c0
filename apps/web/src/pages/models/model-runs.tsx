import type { Task } from "@tributary/proto/tributary/v1/tasks_pb";

import { toMs } from "#api/time.ts";
import { links } from "#pages/links.ts";
import { ScrollRegion } from "#pages/parts/scroll-region.tsx";
import { glyphOf, stateWord, titleOf } from "#pages/parts/task-words.ts";
import { modelsStrings } from "#pages/strings/models-strings.ts";
import { Link } from "#ui/link.tsx";
import { MiniTable } from "#ui/mini-table.tsx";
import { RelativeTime } from "#ui/relative-time.tsx";
import { StateLabel } from "#ui/state-glyph.tsx";

const words = modelsStrings;
const shown = 12;

/** The tasks that trained and validated a model, newest first. */
export function ModelRuns({
  trainings,
  validations,
}: {
  readonly trainings: readonly Task[];
  readonly validations: readonly Task[];
}) {
  const ids = new Set(trainings.map(({ id }) => id));
  const runs = [...trainings, ...validations].sort((a, b) => b.id - a.id).slice(0, shown);
  if (runs.length === 0) return <p className="dim">{words.noRuns}</p>;
  return (
    <ScrollRegion label={words.runs}>
      <MiniTable
        label={words.runs}
        rows={runs}
        rowKey={({ id }) => String(id)}
        columns={[
          {
            id: "state",
            head: words.runColumns.state,
            cell: (task) => <StateLabel state={glyphOf(task)}>{stateWord(task)}</StateLabel>,
          },
          {
            id: "task",
            head: words.runColumns.task,
            cell: (task) => <Link href={links.task(task.id)}>{titleOf(task)}</Link>,
          },
          {
            id: "kind",
            head: words.runColumns.kind,
            cell: ({ id }) => (ids.has(id) ? words.kinds.training : words.kinds.validation),
          },
          {
            id: "made",
            head: words.runColumns.made,
            cell: ({ createTime }) => <RelativeTime at={toMs(createTime) ?? 0} suffix={words.ago} />,
          },
        ]}
      />
    </ScrollRegion>
  );
}
