import { useQuery } from "@connectrpc/connect-query";
import { type WhyNotTaken, type Worker, WorkerService } from "@tributary/proto/tributary/v1/workers_pb";

import { formatCount } from "#lib/format.ts";
import { links } from "#pages/links.ts";
import { workerStrings } from "#pages/strings/worker-strings.ts";
import { Explain } from "#ui/explain.tsx";
import { Link } from "#ui/link.tsx";

const words = workerStrings.why;
const shown = 5;
/** Nothing tells when the answer has changed: it is asked for now and then, in milliseconds. */
const look = 10_000;

/** Why a worker that is online runs nothing: it is draining, nothing is queued, or what is queued cannot run on it. */
export function WhyIdle({ worker }: { readonly worker: Worker }) {
  const { data } = useQuery(WorkerService.method.explainIdleWorker, { id: worker.id }, { refetchInterval: look });
  if (worker.draining) return <Explain state="paused" say={words.draining} />;
  if (!data) return null;
  if (data.reasons.length === 0) return <Explain state="idle" say={words.nothing} />;
  return (
    <Explain state="waiting" say={words.title}>
      <p className="dim">{words.some(counted(data.explainedCount, data.more))}</p>
      <ul className="lines">
        {data.reasons.slice(0, shown).map((why) => (
          <Reason key={why.reason?.message} why={why} />
        ))}
      </ul>
    </Explain>
  );
}

function Reason({ why: { reason, count, more, firstTaskId } }: { readonly why: WhyNotTaken }) {
  return (
    <li>
      <span className="tn medium">{counted(count, more)}</span>
      <span className="grow">{reason?.message}</span>
      <Link className="link mono small" href={links.task(firstTaskId)} title={words.first}>
        #{firstTaskId}
      </Link>
    </li>
  );
}

/** A count that stopped early says so. */
function counted(count: number, more: boolean): string {
  return more ? words.atLeast(formatCount(count)) : formatCount(count);
}
