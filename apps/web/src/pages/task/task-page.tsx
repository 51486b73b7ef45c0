import { useQuery } from "@connectrpc/connect-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { type GetTaskResponse, type Task, TaskService, TaskState } from "@tributary/proto/tributary/v1/tasks_pb";

import "#pages/parts/pages.css";
import { isNotFound } from "#api/errors.ts";
import { useLineCount } from "#api/log/use-line-count.ts";
import { type OpenLog, useTaskLog } from "#api/log/use-task-log.ts";
import { formatCount } from "#lib/format.ts";
import { links, type TaskTab } from "#pages/links.ts";
import { AbsentPage } from "#pages/parts/absent-page.tsx";
import { glyphOf, stateWord, titleOf } from "#pages/parts/task-words.ts";
import { usePage } from "#pages/parts/use-page.ts";
import { WaysToRun } from "#pages/parts/ways-to-run.tsx";
import { fullStop, toCheck } from "#pages/parts/why-detail.tsx";
import { notFoundStrings } from "#pages/strings/not-found-strings.ts";
import { taskStrings } from "#pages/strings/task-strings.ts";
import { tasksStrings } from "#pages/strings/tasks-strings.ts";
import { ArtifactsView } from "#pages/task/artifacts/artifacts-view.tsx";
import { attemptLanes } from "#pages/task/attempt-words.ts";
import { AttemptsView } from "#pages/task/attempts-view.tsx";
import { countLineage, LineageView } from "#pages/task/lineage-view.tsx";
import { LogView } from "#pages/task/log-view.tsx";
import { countParameters, ParametersView } from "#pages/task/parameters-view.tsx";
import { TaskActs } from "#pages/task/task-acts.tsx";
import { TaskFacts } from "#pages/task/task-facts.tsx";
import { UsageLanes } from "#pages/task/usage-lanes.tsx";
import { useAttemptUsage } from "#pages/task/use-attempt-usage.ts";
import { type BreakingLine, useBreakingLine } from "#pages/task/use-breaking-line.ts";
import { AttemptTimeline } from "#ui/attempt-timeline.tsx";
import { Checks } from "#ui/explain.tsx";
import { Link } from "#ui/link.tsx";
import { PageHead } from "#ui/page-head.tsx";
import { type Tab, Tabs } from "#ui/tabs.tsx";

const route = getRouteApi("/tasks/$taskId");
const words = taskStrings;
const gone = {
  icon: "tasks",
  title: words.noneLead,
  text: words.noneText,
  list: { href: links.tasks(), label: notFoundStrings.tasks },
} as const;

/** One task: how it stands and why, its attempts, and its output. */
export function TaskPage() {
  const { taskId } = route.useParams();
  const id = /^\d{1,10}$/.test(taskId) ? Number(taskId) : 0;
  const query = useQuery(TaskService.method.getTask, { id }, { enabled: id > 0 });
  const { data } = query;
  const crumb = { label: data?.task ? titleOf(data.task) : words.unknown, note: `#${taskId}` };
  usePage(
    data?.task ? words.title(stateWord(data.task), titleOf(data.task)) : `#${taskId}`,
    [{ label: tasksStrings.title, href: links.tasks() }, crumb],
    data?.task?.projectName,
  );
  if (data?.task && !isNotFound(query.error)) return <ShownTask key={id} answer={data} task={data.task} />;
  return <AbsentPage title={`#${taskId}`} never={id === 0} query={query} gone={gone} />;
}

function ShownTask({ answer, task }: { readonly answer: GetTaskResponse; readonly task: Task }) {
  const { attempts, checks } = answer;
  const open = useTaskLog(task.id, attempts.length);
  const startOf = (attempt: number) => {
    const start = open?.starts.find((each) => each.attempt === attempt);
    return start && `${links.task(task.id)}#L${start.line}`;
  };
  const usages = useAttemptUsage(task.id, attempts);
  const breaking = useBreakingLine(task, open);
  const pending = task.state === TaskState.WAITING || task.state === TaskState.QUEUED;
  return (
    <>
      <PageHead
        state={glyphOf(task)}
        title={titleOf(task)}
        stateWord={stateWord(task)}
        lead={<Lead task={task} breaking={breaking} />}
        facts={
          <>
            <TaskFacts task={task} origin={answer.origin} />
            {pending && checks.length > 0 && <Checks checks={checks.map(toCheck)} />}
            {pending && (
              <p className="row ways">
                <WaysToRun task={task} />
              </p>
            )}
          </>
        }
        actions={<TaskActs task={task} spec={answer.spec} />}
      />
      <AttemptTimeline
        lanes={attemptLanes(task, attempts, startOf)}
        current={attempts.length > 1 ? task.attempt : undefined}
        extra={(axis) => <UsageLanes usages={usages} attempts={attempts} axis={axis} />}
      />
      <TaskTabs answer={answer} task={task} open={open} breaking={breaking} />
    </>
  );
}

function Lead({
  task: { id, reason },
  breaking,
}: {
  readonly task: Task;
  readonly breaking: BreakingLine | undefined;
}) {
  if (!reason) return null;
  return (
    <>
      <b className="strong">{fullStop(reason.message)}</b> {reason.hint}
      {breaking && (
        <>
          {" "}
          {breaking.text}{" "}
          <Link className="link" href={`${links.task(id)}#L${breaking.number}`}>
            {words.line(formatCount(breaking.number))}
          </Link>
        </>
      )}
    </>
  );
}

function TaskTabs({
  answer,
  task,
  open,
  breaking,
}: {
  readonly answer: GetTaskResponse;
  readonly task: Task;
  readonly open: OpenLog | undefined;
  readonly breaking: BreakingLine | undefined;
}) {
  const { tab = "log" } = route.useSearch();
  const navigate = useNavigate({ from: "/tasks/$taskId" });
  const lines = useLineCount(open?.log);
  const tabs: readonly Tab<TaskTab>[] = [
    { id: "log", label: words.tab.log, count: lines > 0 ? lines : undefined },
    { id: "parameters", label: words.tab.parameters, count: countParameters(answer.spec) },
    { id: "artifacts", label: words.tab.artifacts, count: answer.artifactCount },
    { id: "attempts", label: words.tab.attempts, count: answer.attempts.length },
    { id: "lineage", label: words.tab.lineage, count: countLineage(answer) },
  ];
  const choose = (id: TaskTab) =>
    void navigate({ search: (old) => ({ ...old, tab: id === "log" ? undefined : id }), replace: true });
  return (
    <Tabs label={words.tabs} tabs={tabs} value={tab} onChange={choose}>
      {tab === "log" && open?.known && (
        <LogView task={task} attempts={answer.attempts} open={open} breaking={breaking} />
      )}
      {tab === "parameters" && answer.spec && (
        <ParametersView
          spec={answer.spec}
          task={task}
          given={answer.attempts.findLast(({ environment }) => environment)?.environment}
        />
      )}
      {tab === "attempts" && <AttemptsView attempts={answer.attempts} />}
      {tab === "lineage" && <LineageView answer={answer} task={task} />}
      {tab === "artifacts" && <ArtifactsView task={task} count={answer.artifactCount} />}
    </Tabs>
  );
}
