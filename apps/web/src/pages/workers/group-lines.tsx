import { WorkerService } from "@tributary/proto/tributary/v1/workers_pb";

import { formatCount } from "#lib/format.ts";
import { links } from "#pages/links.ts";
import { ActLink } from "#pages/parts/act-link.tsx";
import { workersStrings } from "#pages/strings/workers-strings.ts";
import { sumSlots, troubleText, type WorkerLine } from "#pages/workers/worker-groups.ts";
import { Button } from "#ui/button.tsx";
import { Icon } from "#ui/icons.tsx";

const words = workersStrings.groups;

/** Names a group, tells how full it is, folds it, and leads to more like it. */
export function GroupHead(props: {
  readonly line: Extract<WorkerLine, { kind: "group" }>;
  readonly onFold: () => void;
}) {
  const { group, folded } = props.line;
  const { used, all } = sumSlots(group.workers);
  return (
    <>
      <button type="button" className="group-fold row" aria-expanded={!folded} onClick={props.onFold}>
        <Icon name={folded ? "right" : "down"} />
        <span className="medium cut">{group.name}</span>
      </button>
      <span className="dim cut grow group-about">
        {group.about}
        {folded && <span className="faint"> {troubleText(group.workers)}</span>}
      </span>
      <span className="tn nowrap">
        {all === 0 ? (
          <span className="dim">{words.offline}</span>
        ) : (
          <>
            <b className="medium">{formatCount(used)}</b> <span className="dim">{words.slots(formatCount(all))}</span>
          </>
        )}
      </span>
      {group.from && (
        <span className="wide-only">
          <ActLink method={WorkerService.method.createWorkers} size="small" href={links.addWorkers(group.from)}>
            {words.add}
          </ActLink>
        </span>
      )}
    </>
  );
}

/** Stands for the workers of a large group that nobody needs to look at. */
export function GroupRest(props: {
  readonly line: Extract<WorkerLine, { kind: "rest" }>;
  readonly onShow: () => void;
}) {
  const { rest } = props.line;
  const tasks = rest.reduce((sum, { taskIds }) => sum + taskIds.length, 0);
  return (
    <>
      <Button size="small" variant="quiet" icon="down" onClick={props.onShow}>
        {words.rest(formatCount(rest.length))}
      </Button>
      <span className="dim small cut">{words.restTasks(formatCount(tasks))}</span>
    </>
  );
}
