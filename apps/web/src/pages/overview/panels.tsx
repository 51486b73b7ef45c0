import { useQuery } from "@connectrpc/connect-query";
import type { FailureCause, GetOverviewResponse } from "@tributary/proto/tributary/v1/overview_pb";
import { ScheduleService } from "@tributary/proto/tributary/v1/schedules_pb";
import { SourceService, SourceState } from "@tributary/proto/tributary/v1/sources_pb";
import { type Task, TaskState } from "@tributary/proto/tributary/v1/tasks_pb";
import type { ReactNode } from "react";

import { toMs } from "#api/time.ts";
import { formatClock, formatCount } from "#lib/format.ts";
import { links } from "#pages/links.ts";
import { countOf } from "#pages/overview/flow-picture.tsx";
import { Age } from "#pages/parts/age.tsx";
import { repositoryName, sourceGlyph, sourceWord } from "#pages/parts/source-words.ts";
import { runOf, titleOf } from "#pages/parts/task-words.ts";
import { inProject, useProject } from "#pages/parts/use-project.ts";
import { useUsual } from "#pages/parts/use-usual.ts";
import { overviewStrings } from "#pages/strings/overview-strings.ts";
import { tasksStrings } from "#pages/strings/tasks-strings.ts";
import type { SinceName } from "#pages/task-search.ts";
import { Panel } from "#ui/board.tsx";
import { Link } from "#ui/link.tsx";
import { DurationBar, Meter } from "#ui/meter.tsx";
import { RelativeTime } from "#ui/relative-time.tsx";
import { type State, StateGlyph } from "#ui/state-glyph.tsx";
import { useNow } from "#ui/use-now.ts";

const words = overviewStrings;
const most = 6;

interface PanelProps {
  /** Undefined while it loads: the panel keeps its place. */
  readonly overview: GetOverviewResponse | undefined;
  readonly since: SinceName;
}

function More({ href, children }: { readonly href: string; readonly children: ReactNode }) {
  return <Link href={href}>{children}</Link>;
}

/** A list that is not known yet keeps the room of a full one. */
function hold(known: unknown): string {
  return known === undefined ? "lines--hold" : "";
}

const causeGlyphs: Record<string, State> = { lost: "lost", "timed-out": "timed-out" };

/** Why tasks failed, most frequent first. */
export function FailurePanel({ overview, since }: PanelProps) {
  const failed = countOf(overview?.states ?? [], TaskState.FAILED);
  const href = links.tasks({ state: ["failed"], since });
  return (
    <Panel
      span={4}
      title={words.failures}
      more={failed > 0 && <More href={href}>{words.all(formatCount(failed))}</More>}
    >
      {overview && overview.failures.length === 0 && <p className="dim">{words.noFailures}</p>}
      <ul className="lines two">
        {overview?.failures.slice(0, most).map((cause) => (
          <li key={`${cause.code} ${cause.message}`}>
            <StateGlyph state={causeGlyphs[cause.code] ?? "failed"} />
            <Link className="grow cause" href={causeHref(cause, since)}>
              <span className="cause-what">{cause.message || words.noReason}</span>
              <span className="faint cut">{cause.projectNames.join(", ")}</span>
            </Link>
            <CauseCount cause={cause} />
          </li>
        ))}
      </ul>
      {overview && <NewestFailures overview={overview} room={most - overview.failures.length} />}
    </Panel>
  );
}

/** Below few causes there is room for the tasks themselves. */
function NewestFailures({ overview, room }: { readonly overview: GetOverviewResponse; readonly room: number }) {
  const failed = overview.durations.filter(({ state }) => state === TaskState.FAILED).slice(0, Math.max(0, room));
  if (failed.length === 0) return null;
  return (
    <>
      <h3 className="newest-head">{words.newestFailed}</h3>
      <ul className="lines">
        {failed.map(({ taskId, title, endTime }) => {
          const at = toMs(endTime);
          return (
            <li key={taskId}>
              <Link className="grow cut" href={links.task(taskId)}>
                {title}
              </Link>
              <span className="num faint small">{at !== undefined && <RelativeTime at={at} suffix={words.ago} />}</span>
            </li>
          );
        })}
      </ul>
    </>
  );
}

/** One failure is looked at, many are listed. */
function causeHref({ count, lastTaskId, message }: FailureCause, since: SinceName): string {
  if (count === 1 && lastTaskId) return links.task(lastTaskId);
  return links.tasks({ state: ["failed"], since, reason: message.slice(0, 256) || undefined });
}

function CauseCount({ cause }: { readonly cause: FailureCause }) {
  const last = toMs(cause.lastTime);
  return (
    <span className="num">
      <b className="medium">{formatCount(cause.count)}</b>
      <br />
      {last !== undefined && (
        <Link className="faint small" href={links.task(cause.lastTaskId)} title={words.newest}>
          {formatClock(last)}
        </Link>
      )}
    </span>
  );
}

/** What has been running longest, against what it usually takes. */
export function RunningPanel({ overview }: PanelProps) {
  const running = countOf(overview?.states ?? [], TaskState.ACTIVE);
  const usual = useUsual();
  // what has not begun to run yet has run least
  const longest = overview?.running.toSorted(
    (a, b) => (toMs(a.startTime) ?? Number.POSITIVE_INFINITY) - (toMs(b.startTime) ?? Number.POSITIVE_INFINITY),
  );
  return (
    <Panel
      span={8}
      title={words.running}
      more={running > 0 && <More href={links.tasks({ state: ["running"] })}>{words.all(formatCount(running))}</More>}
    >
      {overview && overview.running.length === 0 && <p className="dim">{words.noRunning}</p>}
      <ul className={`lines running-list ${hold(overview)}`}>
        {longest?.slice(0, most).map((task) => (
          <li key={task.id}>
            <StateGlyph state="running" />
            <Link className="cut medium" href={links.task(task.id)}>
              {titleOf(task)}
            </Link>
            <span className="dim cut wide-only">{task.projectName}</span>
            <RunningFor task={task} usual={usual(task.title)} />
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function RunningFor({ task, usual }: { readonly task: Task; readonly usual: number | undefined }) {
  const run = runOf(task);
  const now = useNow(() => 1000);
  return run ? <DurationBar ms={Math.max(0, now - run.from)} usual={usual} state="running" /> : <span />;
}

/** What waits, since when, and why. */
export function QueuePanel({ overview }: PanelProps) {
  const states = overview?.states ?? [];
  const count = countOf(states, TaskState.QUEUED) + countOf(states, TaskState.WAITING);
  const oldest = Math.min(
    ...[overview?.oldestQueueTime, overview?.oldestWaitTime].map((time) => toMs(time) ?? Number.POSITIVE_INFINITY),
  );
  const href = links.tasks({ state: ["waiting", "queued"], order: "oldest" });
  const sub = count > 0 && (
    <>
      {words.queueNow(formatCount(count))}
      {Number.isFinite(oldest) && (
        <>
          , {words.flow.oldest} <Age from={oldest} />
        </>
      )}
    </>
  );
  return (
    <Panel span={4} title={words.queue} sub={sub} more={count > 0 && <More href={href}>{words.whyTheyWait}</More>}>
      {overview && count === 0 && <p className="dim">{words.noQueue}</p>}
      <ul className={`lines ${hold(overview)}`}>
        {overview?.waits.slice(0, most).map((wait) => (
          <li key={`${wait.code} ${wait.message}`}>
            <Link
              className="grow wait-why"
              href={wait.count === 1 && wait.lastTaskId ? links.task(wait.lastTaskId) : href}
              title={wait.message}
            >
              {wait.message || words.noReason}
            </Link>
            <b className="num medium">{formatCount(wait.count)}</b>
          </li>
        ))}
      </ul>
      {overview && <Unexplained overview={overview} count={count} />}
    </Panel>
  );
}

/** Reasons are told of the oldest tasks of a long queue, and nobody shall take them for all. */
function Unexplained({ overview, count }: { readonly overview: GetOverviewResponse; readonly count: number }) {
  const told = overview.waits.reduce((sum, wait) => sum + wait.count, 0);
  return told < count ? <p className="dim small">{words.unexplained(formatCount(told), formatCount(count))}</p> : null;
}

/** How full the machines are. */
export function WorkerPanel({ overview }: PanelProps) {
  const online = overview?.workers.filter((worker) => worker.online) ?? [];
  const offline = (overview?.workers.length ?? 0) - online.length;
  return (
    <Panel
      span={4}
      title={words.workers}
      sub={online.length > 0 && words.slotsInUse(offline)}
      more={overview && <More href={links.workers()}>{words.all(formatCount(overview.workers.length))}</More>}
    >
      {overview && online.length === 0 && <p className="dim">{words.noWorkers}</p>}
      <ul className={`lines ${hold(overview)}`}>
        {online.slice(0, most).map(({ id, name, slots, slotsUsed, draining }) => (
          <li key={id}>
            <Link className="worker-name cut" href={links.worker(id)} title={name}>
              {name}
            </Link>
            <span className="grow">
              <Meter label={words.slotsOf(name)} used={slots > 0 ? slotsUsed / slots : 0} />
            </span>
            <span className="num worker-slots dim">
              {draining ? (
                words.draining
              ) : (
                <>
                  <b className="medium">{slotsUsed}</b> {words.of} {slots}
                </>
              )}
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

/** What starts by itself next. */
export function SchedulePanel() {
  const { data } = useQuery(ScheduleService.method.listSchedules, {});
  const schedules = inProject(data?.schedules ?? [], useProject());
  const next = schedules.filter(({ nextTime, pause }) => nextTime && !pause);
  return (
    <Panel
      span={4}
      title={words.schedules}
      more={data && <More href={links.schedules()}>{words.all(formatCount(schedules.length))}</More>}
    >
      {data && next.length === 0 && <p className="dim">{words.noSchedules}</p>}
      <ul className={`lines ${hold(data)}`}>
        {next.slice(0, most).map(({ id, taskName, projectName, nextTime }) => {
          const at = toMs(nextTime);
          return (
            <li key={id}>
              <Link className="cut medium" href={links.schedules(id)}>
                {taskName}
              </Link>
              <span className="faint small cut grow">{projectName}</span>
              <span className="num dim">{at !== undefined && <RelativeTime at={at} />}</span>
            </li>
          );
        })}
      </ul>
    </Panel>
  );
}

/** Which repositories are in step; those that are not come first. */
export function SourcePanel() {
  const { data } = useQuery(SourceService.method.listSources, {});
  const project = useProject();
  const sources = inProject(data?.sources ?? [], project).toSorted(
    (a, b) => Number(b.state === SourceState.ERROR) - Number(a.state === SourceState.ERROR),
  );
  return (
    <Panel
      span={4}
      title={words.sources}
      more={data && <More href={links.sources()}>{words.all(formatCount(sources.length))}</More>}
    >
      {data && sources.length === 0 && project !== undefined && <p className="dim">{words.noSourceOfProject}</p>}
      {data && sources.length === 0 && project === undefined && (
        <p className="dim">
          {words.noSources}{" "}
          <Link className="link" href={links.addSource()}>
            {tasksStrings.empty.addSource}
          </Link>
        </p>
      )}
      <ul className={`lines ${hold(data)}`}>
        {sources.slice(0, most).map((source) => {
          const synced = toMs(source.lastSyncTime);
          return (
            <li key={source.id}>
              <StateGlyph state={sourceGlyph(source)} />
              <Link className="cut source-name" href={links.source(source.id)}>
                {repositoryName(source.settings?.repository ?? "")}
              </Link>
              <span className="faint small cut grow">
                {source.state === SourceState.SYNCHRONIZED ? "" : sourceWord(source)}
              </span>
              <span className="num dim">{synced !== undefined && <RelativeTime at={synced} />}</span>
            </li>
          );
        })}
      </ul>
    </Panel>
  );
}
