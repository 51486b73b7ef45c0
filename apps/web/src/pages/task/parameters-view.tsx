import { Dialect, type PreparedEnvironment, type Task, type TaskSpec } from "@tributary/proto/tributary/v1/tasks_pb";
import type { ReactNode } from "react";

import { links } from "#pages/links.ts";
import { roundDuration } from "#pages/parts/age.tsx";
import { PageBody } from "#pages/parts/page-body.tsx";
import { environmentStrings } from "#pages/strings/environment-strings.ts";
import { taskStrings } from "#pages/strings/task-strings.ts";
import { environmentWords } from "#pages/task/environment-words.ts";
import { taskqueueLetter } from "#pages/task/taskqueue-letter.ts";
import { Address } from "#ui/address.tsx";
import { CodeBlock } from "#ui/code-block.tsx";
import { KeyValues } from "#ui/facts.tsx";
import { Link } from "#ui/link.tsx";

const words = taskStrings.parameter;

interface Parameter {
  readonly key: string;
  readonly label: ReactNode;
  readonly value: ReactNode;
  readonly note?: ReactNode;
}

interface ParametersViewProps {
  readonly spec: TaskSpec;
  readonly task: Task;
  /** What the newest attempt that got one was given. */
  readonly given?: PreparedEnvironment | undefined;
}

/** What is run, as it was resolved. Secrets are named and never shown. */
export function ParametersView({ spec, task, given }: ParametersViewProps) {
  return (
    <PageBody>
      <KeyValues
        items={[
          ...runParameters(spec, given),
          ...dialectParameters(task),
          ...inputParameters(spec),
          ...limitParameters(spec),
        ]}
      />
    </PageBody>
  );
}

/** How many rows {@link ParametersView} shows that somebody chose. */
export function countParameters(spec: TaskSpec | undefined): number | undefined {
  // a nought would say that there is nothing to see, where the command and its environment are
  return (spec && spec.variables.length + spec.secrets.length + Object.keys(spec.resources).length) || undefined;
}

function runParameters(spec: TaskSpec, given: PreparedEnvironment | undefined): readonly Parameter[] {
  const python = [
    spec.pythonVersion ? words.python(spec.pythonVersion) : spec.requirementsFile && words.ownVersion,
    spec.requirementsFile && words.packages(spec.requirementsFile),
  ].filter(Boolean);
  return [
    { key: "command", label: words.command, value: <CodeBlock code={spec.command} label={words.command} /> },
    ...(spec.environment
      ? [{ key: "environment", label: words.environment, value: [spec.environment, ...python].join(", ") }]
      : []),
    ...(spec.image
      ? [{ key: "image", label: words.image, value: <span className="mono value">{spec.image}</span> }]
      : []),
    ...(given
      ? [
          {
            key: "given",
            label: given.kind === "image" ? words.imageGiven : words.given,
            value: environmentWords(given),
            note: given.key && environmentStrings.key(given.key.replace(/^sha256:/, "").slice(0, 12)),
          },
        ]
      : []),
    ...spec.variables.map(({ name, value }) => ({
      key: `variable ${name}`,
      label: <span className="mono">{name}</span>,
      value: value === "" ? <span className="faint">{words.empty}</span> : <span className="mono value">{value}</span>,
      note: words.variable,
    })),
    ...spec.secrets.map(({ key, injectAs }) => ({
      key: `secret ${injectAs}`,
      label: <span className="mono">{injectAs}</span>,
      value: (
        <>
          {words.secret}{" "}
          <Link className="link mono" href={links.secret(key)}>
            {key}
          </Link>
        </>
      ),
      note: words.variable,
    })),
  ];
}

/** What a task is called, or how it stands, in the words of the API that it came by. */
function dialectParameters(task: Task): readonly Parameter[] {
  switch (task.dialect) {
    case Dialect.AGENT:
      return [{ key: "job", label: words.jobId, value: <span className="mono value">{task.name}</span> }];
    case Dialect.TASKQUEUE:
      return [
        { key: "letter", label: words.taskqueueStatus, value: <span className="mono">{taskqueueLetter(task)}</span> },
      ];
    default:
      return [];
  }
}

function inputParameters(spec: TaskSpec): readonly Parameter[] {
  return [
    ...(spec.repository
      ? [{ key: "repository", label: words.repository, value: <Address text={spec.repository} /> }]
      : []),
    ...(spec.commit
      ? [{ key: "commit", label: words.commit, value: <span className="mono value">{spec.commit}</span> }]
      : []),
    ...spec.stagedFiles.map((id, index) => ({
      key: `staged ${id}`,
      label: index === 0 ? words.entryPoint : words.stagedFile,
      value: <span className="mono value">{id}</span>,
    })),
    ...(!spec.repository && spec.stagedFiles.length === 0 && spec.inputKind
      ? [{ key: "inputs", label: words.inputs, value: spec.inputKind }]
      : []),
    ...(spec.artifactPaths.length > 0 || spec.saveChangedFiles
      ? [
          {
            key: "artifacts",
            label: words.artifacts,
            value: spec.saveChangedFiles ? (
              words.changedFiles
            ) : (
              <span className="mono value">{spec.artifactPaths.join("  ")}</span>
            ),
          },
        ]
      : []),
  ];
}

function limitParameters(spec: TaskSpec): readonly Parameter[] {
  const limit = spec.timeLimit && Number(spec.timeLimit.seconds) * 1000;
  return [
    ...Object.entries(spec.resources).map(([name, amount]) => ({
      key: `resource ${name}`,
      label: <span className="mono">{name}</span>,
      value: amount,
      note: words.resource,
    })),
    {
      key: "limit",
      label: words.timeLimit,
      value: limit ? roundDuration(limit) : <span className="faint">{words.noLimit}</span>,
    },
    { key: "retries", label: words.retries, value: words.retryCounts(spec.userRetries, spec.systemRetries) },
  ];
}
