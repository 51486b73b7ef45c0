import { useMutation, useQuery } from "@connectrpc/connect-query";
import { useRouter } from "@tanstack/react-router";
import { type Project, ProjectService, type ProjectTask } from "@tributary/proto/tributary/v1/projects_pb";
import { SourceService } from "@tributary/proto/tributary/v1/sources_pb";
import { TaskService } from "@tributary/proto/tributary/v1/tasks_pb";
import { useMemo, useRef, useState } from "react";

import "#pages/parts/forms.css";
import "#pages/parts/pages.css";
import { toSentence } from "#api/errors.ts";
import { links } from "#pages/links.ts";
import { ActLink } from "#pages/parts/act-link.tsx";
import { LoadError } from "#pages/parts/load-error.tsx";
import { checkForm, type FormErrors, formOf, formOfRun, type RunForm, toRequest } from "#pages/parts/run-form.ts";
import { parseRunTarget } from "#pages/parts/use-open-run.ts";
import { Obstacles } from "#pages/run/obstacles.tsx";
import { randomId } from "#pages/run/random-id.ts";
import { RevisionChoice } from "#pages/run/revision-choice.tsx";
import { RunFields } from "#pages/run/run-fields.tsx";
import { actsStrings } from "#pages/strings/acts-strings.ts";
import { runStrings } from "#pages/strings/run-strings.ts";
import { tasksStrings } from "#pages/strings/tasks-strings.ts";
import { Button } from "#ui/button.tsx";
import { Dialog } from "#ui/dialog.tsx";
import { EmptyState } from "#ui/empty-state.tsx";
import { Select } from "#ui/select.tsx";

const words = runStrings;

/** Runs a task of a project: which one, and what of its definition is to be different this time. */
export default function RunDialog({ target, onClose }: { readonly target: string; readonly onClose: () => void }) {
  const projects = useQuery(ProjectService.method.listProjects, {});
  const runnable = projects.data?.projects.filter((project) => project.tasks.length > 0) ?? [];
  const choice = useChoice(runnable, target);
  const { task } = choice;
  const earlier = useEarlierRun(target);
  const asked = parseRunTarget(target);
  const isAsked = choice.project?.id === asked.projectId && task?.name === asked.taskName;
  const run = useRun(choice, isAsked ? earlier.form : undefined);
  const actions = task && earlier.known && (
    <>
      <Button onClick={onClose}>{actsStrings.close}</Button>
      <Button type="submit" variant="primary" icon="play" busy={run.busy} unavailable={task.problem || undefined}>
        {words.confirm(task.name)}
      </Button>
    </>
  );
  return (
    <Dialog open wide title={words.title} lead={words.lead} onClose={onClose} onSubmit={run.submit} actions={actions}>
      {projects.data && runnable.length === 0 && <NoProjects />}
      {projects.error && !projects.data && (
        <LoadError error={projects.error} busy={projects.isRefetching} onRetry={() => void projects.refetch()} />
      )}
      {choice.project && <TaskChoice projects={runnable} choice={choice} />}
      {earlier.error ? (
        <p role="alert" className="hint hint--error">
          {toSentence(earlier.error)}
        </p>
      ) : null}
      {task && earlier.known && (
        <>
          {earlier.like !== undefined && isAsked && <p className="dim">{words.like(earlier.like)}</p>}
          <Obstacles task={task} />
          <p className="mono cut">{task.command}</p>
          <RunFields task={task} form={run.form} errors={run.errors} onChange={run.change} />
        </>
      )}
      {run.error ? (
        <p role="alert" className="hint hint--error">
          {toSentence(run.error)}
        </p>
      ) : null}
    </Dialog>
  );
}

/** The parameters of the run that the form is to begin with, if it is to. */
function useEarlierRun(target: string) {
  const { like } = parseRunTarget(target);
  const { data, error } = useQuery(TaskService.method.getTask, { id: like ?? 0 }, { enabled: like !== undefined });
  const form = useMemo(() => data?.spec && formOfRun(data.spec, data.task?.labels), [data?.spec, data?.task?.labels]);
  // without the earlier run the definition's own values are better than nothing
  return { like: form && like, form, error, known: like === undefined || form !== undefined || error !== null };
}

interface Choice {
  readonly project: Project | undefined;
  /** What can be run at the revision. */
  readonly tasks: readonly ProjectTask[];
  /** A branch or a commit; empty for what was synced. */
  readonly revision: string;
  readonly revisionProblem: string | undefined;
  readonly setRevision: (revision: string) => void;
  readonly task: ProjectTask | undefined;
  readonly setProject: (id: string) => void;
  readonly setTask: (name: string) => void;
}

/** Which task of which project: as the address asked, else the first that can be run. */
function useChoice(projects: readonly Project[], target: string): Choice {
  const asked = parseRunTarget(target);
  const [projectId, setProject] = useState(asked.projectId);
  const [taskName, setTask] = useState(asked.taskName);
  const [asRevision, setRevision] = useState(asked.revision);
  const project = projects.find(({ id }) => id === projectId) ?? projects[0];
  // an upload has none
  const revision = project?.sourceId ? asRevision : "";
  const { tasks, problem } = useTasksAt(project, revision);
  const task = tasks.find(({ name }) => name === taskName) ?? tasks.find(({ problem }) => problem === "") ?? tasks[0];
  const changeProject = (id: string) => {
    setProject(id);
    setRevision("");
  };
  return { project, task, tasks, revision, revisionProblem: problem, setRevision, setProject: changeProject, setTask };
}

/** The tasks of a project as a revision's file has them, or why there are none. */
function useTasksAt(
  project: Project | undefined,
  revision: string,
): { readonly tasks: readonly ProjectTask[]; readonly problem?: string } {
  const request = { id: project?.id ?? "", revision };
  const { data, error } = useQuery(ProjectService.method.getProject, request, {
    enabled: revision !== "",
    retry: false,
  });
  if (revision === "") return { tasks: project?.tasks ?? [] };
  if (error) return { tasks: [], problem: toSentence(error) };
  if (!data) return { tasks: [] };
  if (data.project)
    return { tasks: data.project.tasks, ...(data.project.tasks.length === 0 && { problem: words.noTasksThere }) };
  const first = data.fileProblems.find(({ warning }) => !warning);
  return {
    tasks: [],
    problem: first ? words.brokenThere(data.fileName, first.line, first.message) : words.noFileThere,
  };
}

/** The form of the chosen task, and the call. Each task keeps what was written for it. */
function useRun({ project, task, revision }: Choice, earlier: RunForm | undefined) {
  const router = useRouter();
  const [forms, setForms] = useState<Readonly<Record<string, RunForm>>>({});
  const [errors, setErrors] = useState<FormErrors>({});
  const sent = useRef({ request: "", id: "" });
  const run = useMutation(TaskService.method.runTask, {
    onSuccess: (answer) => answer.task && router.history.push(links.task(answer.task.id)),
  });
  const key = `${project?.id} ${task?.name} ${revision}`;
  const form = forms[key] ?? earlier ?? formOf(task);
  const submit = () => {
    const wrong = checkForm(form);
    setErrors(wrong);
    if (!project || !task || task.problem !== "" || Object.keys(wrong).length > 0 || run.isPending) return;
    const request = { projectId: project.id, taskName: task.name, revision, ...toRequest(form, task) };
    // the same for each try of the same: a lost answer does not run the task twice
    const written = `${key} ${JSON.stringify(form)}`;
    if (sent.current.request !== written) sent.current = { request: written, id: randomId() };
    run.mutate({ ...request, requestId: sent.current.id });
  };
  const change = (patch: Partial<RunForm>) => setForms({ ...forms, [key]: { ...form, ...patch } });
  return { form, errors, change, submit, busy: run.isPending, error: run.error };
}

function TaskChoice({ projects, choice }: { readonly projects: readonly Project[]; readonly choice: Choice }) {
  const { project, task, tasks, revision, revisionProblem, setProject, setTask } = choice;
  const chooseTask = (
    <div className="pair pair--even">
      <Select
        label={words.project}
        value={project?.id ?? ""}
        options={projects.map(({ id, name }) => ({ value: id, label: name }))}
        onChange={setProject}
      />
      <Select
        label={words.task}
        value={task?.name ?? ""}
        options={tasks.map(({ name, problem }) => ({
          value: name,
          label: name,
          ...(problem && { hint: words.cannotRun }),
        }))}
        onChange={setTask}
      />
    </div>
  );
  return (
    <>
      {chooseTask}
      {project?.sourceId && (
        <RevisionChoice
          key={project.id}
          project={project}
          revision={revision}
          error={revisionProblem}
          onChange={choice.setRevision}
        />
      )}
    </>
  );
}

function NoProjects() {
  const addSource = (
    <ActLink method={SourceService.method.createSource} variant="primary" href={links.addSource()}>
      {tasksStrings.empty.addSource}
    </ActLink>
  );
  return (
    <EmptyState icon="cube" title={words.noProjects} actions={addSource}>
      {words.noProjectsText}
    </EmptyState>
  );
}
