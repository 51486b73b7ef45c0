import { useQuery } from "@connectrpc/connect-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { type GetWorkerResponse, type Worker, WorkerService } from "@tributary/proto/tributary/v1/workers_pb";

import "#pages/parts/pages.css";
import { isNotFound } from "#api/errors.ts";
import { toMs } from "#api/time.ts";
import { formatCount } from "#lib/format.ts";
import { links } from "#pages/links.ts";
import { AbsentPage } from "#pages/parts/absent-page.tsx";
import { usePage } from "#pages/parts/use-page.ts";
import { WhyIdle } from "#pages/parts/why-idle.tsx";
import { WorkerTasks } from "#pages/parts/worker-tasks.tsx";
import { workerState } from "#pages/parts/worker-words.ts";
import { workerStrings } from "#pages/strings/worker-strings.ts";
import { workersStrings } from "#pages/strings/workers-strings.ts";
import { DeleteWorker } from "#pages/worker/delete-worker.tsx";
import { MachineFacts } from "#pages/worker/machine-facts.tsx";
import { WorkerActs } from "#pages/worker/worker-acts.tsx";
import { WorkerLog } from "#pages/worker/worker-log.tsx";
import { Board, Panel } from "#ui/board.tsx";
import { CodeBlock } from "#ui/code-block.tsx";
import { Facts } from "#ui/facts.tsx";
import { Link } from "#ui/link.tsx";
import { PageHead } from "#ui/page-head.tsx";
import { RelativeTime } from "#ui/relative-time.tsx";
import { StateLabel } from "#ui/state-glyph.tsx";

const route = getRouteApi("/workers/$workerId");
const words = workerStrings;
const gone = {
  icon: "worker",
  title: words.gone,
  text: words.goneText,
  list: { href: links.workers(), label: words.all },
} as const;

/** One worker: what it is, what it runs and ran, and why it does not. */
export function WorkerPage() {
  const { workerId: id } = route.useParams();
  const query = useQuery(WorkerService.method.getWorker, { id });
  const { data } = query;
  const title = data?.worker?.name ?? id;
  usePage(`${title} · ${workersStrings.title}`, [
    { label: workersStrings.title, href: links.workers() },
    { label: title },
  ]);
  if (data?.worker && !isNotFound(query.error)) return <ShownWorker worker={data.worker} detail={data} />;
  return <AbsentPage title={id} query={query} gone={gone} />;
}

function ShownWorker({ worker, detail }: { readonly worker: Worker; readonly detail: GetWorkerResponse }) {
  const { act } = route.useSearch();
  const navigate = useNavigate({ from: "/workers/$workerId" });
  const close = () => void navigate({ search: (old) => ({ ...old, act: undefined }) });
  return (
    <>
      <PageHead title={worker.name} facts={<WorkerFacts worker={worker} />} actions={<WorkerActs worker={worker} />} />
      <Board>
        <Panel span={6} title={words.machine}>
          <MachineFacts worker={worker} />
        </Panel>
        <Panel span={6} title={words.runs}>
          <RunsNow worker={worker} />
        </Panel>
        <Panel
          span={12}
          title={words.history}
          sub={words.more}
          more={
            <Link className="link" href={links.tasks({ worker: worker.name })}>
              {words.allTasks}
            </Link>
          }
        >
          <WorkerTasks workerId={worker.id} />
        </Panel>
        <Panel span={12} title={words.ownLog.title} sub={words.ownLog.sub}>
          <WorkerLog worker={worker} />
        </Panel>
        {detail.startupLog !== "" && (
          <Panel span={12} title={words.startup}>
            <CodeBlock code={detail.startupLog} label={words.startup} />
          </Panel>
        )}
      </Board>
      {act === "delete" && <DeleteWorker worker={worker} onClose={close} />}
    </>
  );
}

function WorkerFacts({ worker }: { readonly worker: Worker }) {
  const [state, text] = workerState(worker);
  const seen = toMs(worker.lastSeenTime);
  const reason = worker.provided?.reason;
  return (
    <Facts>
      <StateLabel state={state}>{text}</StateLabel>
      {reason}
      {words.number(formatCount(worker.number))}
      {seen !== undefined && seen > 0 && (
        <>
          {words.seen} <RelativeTime at={seen} suffix={workersStrings.ago} />
        </>
      )}
    </Facts>
  );
}

function RunsNow({ worker }: { readonly worker: Worker }) {
  if (worker.taskIds.length === 0 && worker.online) return <WhyIdle worker={worker} />;
  if (worker.taskIds.length === 0) return <p className="dim">{words.nothing}</p>;
  return <WorkerTasks workerId={worker.id} running label={words.runs} />;
}
