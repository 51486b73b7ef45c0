import { useQuery } from "@connectrpc/connect-query";
import { keepPreviousData } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { type GetOverviewResponse, OverviewService } from "@tributary/proto/tributary/v1/overview_pb";
import { SourceService } from "@tributary/proto/tributary/v1/sources_pb";
import { TaskState } from "@tributary/proto/tributary/v1/tasks_pb";
import { ActLink } from "#pages/parts/act-link.tsx";

import "#pages/overview/overview.css";
import "#pages/parts/pages.css";
import { toMs } from "#api/time.ts";
import { formatCount } from "#lib/format.ts";
import { links } from "#pages/links.ts";
import { DurationScatter } from "#pages/overview/duration-scatter.tsx";
import { countOf, FlowPicture } from "#pages/overview/flow-picture.tsx";
import {
  FailurePanel,
  QueuePanel,
  RunningPanel,
  SchedulePanel,
  SourcePanel,
  WorkerPanel,
} from "#pages/overview/panels.tsx";
import { roundDuration } from "#pages/parts/age.tsx";
import { firstCommand } from "#pages/parts/first-command.ts";
import { LoadError } from "#pages/parts/load-error.tsx";
import { NoneOfProject } from "#pages/parts/none-of-project.tsx";
import { PageBody } from "#pages/parts/page-body.tsx";
import { RunButton } from "#pages/parts/run-button.tsx";
import { usePage } from "#pages/parts/use-page.ts";
import { useProject } from "#pages/parts/use-project.ts";
import { actsStrings } from "#pages/strings/acts-strings.ts";
import { overviewStrings } from "#pages/strings/overview-strings.ts";
import { tasksStrings } from "#pages/strings/tasks-strings.ts";
import { type SinceName, sinceHours, sinceNames } from "#pages/task-search.ts";
import { Board, Panel } from "#ui/board.tsx";
import { Button, ButtonLink } from "#ui/button.tsx";
import { EmptyState } from "#ui/empty-state.tsx";
import { Link } from "#ui/link.tsx";
import { PageHead } from "#ui/page-head.tsx";
import { useNow } from "#ui/use-now.ts";

const route = getRouteApi("/");
const words = overviewStrings;

/** Everything at a glance: what runs, what failed and why, what waits, and how full the machines are. */
export function OverviewPage() {
  const { since = "24h" } = route.useSearch();
  const hours = sinceHours[since];
  const project = useProject();
  const { data, error, isRefetching, refetch } = useQuery(
    OverviewService.method.getOverview,
    { hours, projectName: project ?? "" },
    { placeholderData: keepPreviousData },
  );
  const failed = countOf(data?.states ?? [], TaskState.FAILED);
  usePage(failed > 0 ? words.tab(formatCount(failed)) : words.title, [{ label: words.title }]);
  const switcher = <SinceSwitch since={since} />;
  if (error && !data) {
    return (
      <>
        <PageHead title={words.title} actions={switcher} />
        <PageBody>
          <LoadError error={error} busy={isRefetching} onRetry={() => void refetch()} />
        </PageBody>
      </>
    );
  }
  const empty = data?.states.every(({ count }) => count === 0) ?? false;
  return (
    <>
      <PageHead
        title={data ? headline(data, since) : words.title}
        lead={data ? <Lead overview={data} /> : "\u00a0"}
        actions={switcher}
      />
      {empty ? <Nothing since={since} project={project} /> : <Picture overview={data} since={since} />}
      <Board>
        {!empty && (
          <>
            <DurationPanel overview={data} hours={hours} since={since} />
            <FailurePanel overview={data} since={since} />
            <RunningPanel overview={data} since={since} />
            <QueuePanel overview={data} since={since} />
          </>
        )}
        <WorkerPanel overview={data} since={since} />
        <SourcePanel />
        <SchedulePanel />
      </Board>
    </>
  );
}

function SinceSwitch({ since }: { readonly since: SinceName }) {
  const navigate = useNavigate({ from: "/" });
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset brings its own box and legend
    <span className="btn-group" role="group" aria-label={words.window}>
      {sinceNames.map((name) => (
        <Button
          key={name}
          size="small"
          pressed={name === since}
          onClick={() =>
            void navigate({ search: (old) => ({ ...old, since: name === "24h" ? undefined : name }), replace: true })
          }
        >
          {words.windows[name]}
        </Button>
      ))}
    </span>
  );
}

function headline({ states }: GetOverviewResponse, since: SinceName): string {
  const running = countOf(states, TaskState.ACTIVE);
  const failed = countOf(states, TaskState.FAILED);
  if (states.every(({ count }) => count === 0)) return words.nothing(words.windowWords[since]);
  return words.headline(formatCount(running), formatCount(failed), words.windowWords[since]);
}

function Lead({ overview }: { readonly overview: GetOverviewResponse }) {
  const now = useNow(() => 30_000);
  const waiting = countOf(overview.states, TaskState.WAITING) + countOf(overview.states, TaskState.QUEUED);
  const oldest = Math.min(
    ...[overview.oldestQueueTime, overview.oldestWaitTime].map((time) => toMs(time) ?? Number.POSITIVE_INFINITY),
  );
  const age = Number.isFinite(oldest) ? roundDuration(Math.max(0, now - oldest)) : undefined;
  const sources = sourcesSentence(overview.sourceCount, overview.failingSourceCount);
  return (
    <>
      {waiting > 0 ? (
        <Link href={links.tasks({ state: ["waiting", "queued"], order: "oldest" })}>
          {words.waiting(formatCount(waiting), age)}
        </Link>
      ) : (
        words.nothingWaits
      )}{" "}
      {sources !== "" && <Link href={links.sources()}>{sources}</Link>}
    </>
  );
}

function sourcesSentence(count: number, failing: number): string {
  if (count === 0) return "";
  return failing === 0 ? words.sourcesGood : words.sourcesFailing(formatCount(failing));
}

function Picture({
  overview,
  since,
}: {
  readonly overview: GetOverviewResponse | undefined;
  readonly since: SinceName;
}) {
  return overview ? <FlowPicture overview={overview} since={since} /> : <div className="flow flow--hold" />;
}

function DurationPanel({
  overview,
  hours,
  since,
}: {
  readonly overview: GetOverviewResponse | undefined;
  readonly hours: number;
  readonly since: SinceName;
}) {
  const now = useNow(() => 15_000);
  const legend = (
    <span className="legend">
      {(["succeeded", "failed", "cancelled", "running"] as const).map((state) => (
        <span key={state}>
          <i className={`p-key p-key--${state}`} />
          {words.scatter.legend[state]}
        </span>
      ))}
    </span>
  );
  return (
    <Panel span={8} title={words.durations} sub={words.scatter.sub(words.windows[since])} more={legend}>
      {overview ? (
        <DurationScatter key={since} overview={overview} hours={hours} now={now} />
      ) : (
        <div className="scatter" />
      )}
    </Panel>
  );
}

function Nothing({ since, project }: { readonly since: SinceName; readonly project: string | undefined }) {
  if (project !== undefined) {
    return (
      <PageBody>
        <NoneOfProject project={project} icon="tasks" />
      </PageBody>
    );
  }
  const actions = (
    <>
      <RunButton variant="primary">{actsStrings.runTask}</RunButton>
      <ActLink method={SourceService.method.createSource} href={links.addSource()}>
        {tasksStrings.empty.addSource}
      </ActLink>
      {since !== "7d" && <ButtonLink href={links.overview("7d")}>{words.lookBack}</ButtonLink>}
    </>
  );
  return (
    <PageBody>
      <EmptyState title={words.emptyTitle} command={firstCommand()} actions={actions}>
        {words.emptyText}
      </EmptyState>
    </PageBody>
  );
}
