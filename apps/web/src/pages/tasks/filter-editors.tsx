import { useQuery } from "@connectrpc/connect-query";
import { ProjectService } from "@tributary/proto/tributary/v1/projects_pb";
import { WorkerService } from "@tributary/proto/tributary/v1/workers_pb";
import { useState } from "react";
import { tasksStrings } from "#pages/strings/tasks-strings.ts";
import {
  dialectNames,
  lengthOf,
  localTime,
  type SinceName,
  sinceNames,
  stateNames,
  type TaskSearch,
  timeOf,
} from "#pages/task-search.ts";
import { dialectWords, type FilterName } from "#pages/tasks/filter-words.ts";
import { LabelChoice } from "#pages/tasks/label-choice.tsx";
import { Checkbox } from "#ui/checkbox.tsx";
import { TextField } from "#ui/text-field.tsx";

interface EditorProps {
  readonly search: TaskSearch;
  readonly onChange: (patch: Partial<TaskSearch>) => void;
}

/** The choices of one filter. */
export function FilterEditor({ name, ...props }: EditorProps & { readonly name: FilterName }) {
  switch (name) {
    case "state":
      return (
        <Choices
          all={stateNames}
          chosen={props.search.state ?? []}
          label={(state) => tasksStrings.states[state]}
          onChange={(state) => props.onChange({ state })}
        />
      );
    case "dialect":
      return (
        <Choices
          all={dialectNames}
          chosen={props.search.dialect ?? []}
          label={(dialect) => dialectWords[dialect]}
          onChange={(dialect) => props.onChange({ dialect })}
        />
      );
    case "project":
      return <ProjectChoice {...props} />;
    case "worker":
      return <WorkerChoice {...props} />;
    case "label":
      return <LabelChoice {...props} />;
    case "from":
    case "to":
    case "endedFrom":
    case "endedTo":
      return <TimeEditor name={name} {...props} />;
    case "name":
    case "by":
    case "reason":
    case "longer":
    case "shorter":
      return <WordsEditor key={props.search[name]} name={name} {...props} />;
    case "since":
      return (
        <OneChoice
          all={sinceNames}
          chosen={props.search.since}
          label={(since: SinceName) => tasksStrings.since[since]}
          onChange={(since) => props.onChange({ since })}
        />
      );
  }
}

interface ChoicesProps<Name extends string> {
  readonly all: readonly Name[];
  readonly label: (name: Name) => string;
}

function Choices<Name extends string>({
  all,
  chosen,
  label,
  onChange,
}: ChoicesProps<Name> & { readonly chosen: readonly Name[]; readonly onChange: (names: readonly Name[]) => void }) {
  const toggle = (name: Name, on: boolean) =>
    onChange(all.filter((each) => (each === name ? on : chosen.includes(each))));
  return (
    <div className="choices">
      {all.map((name) => (
        <Checkbox key={name} label={label(name)} checked={chosen.includes(name)} onChange={(on) => toggle(name, on)} />
      ))}
    </div>
  );
}

function OneChoice<Name extends string>({
  all,
  chosen,
  label,
  onChange,
}: ChoicesProps<Name> & { readonly chosen: Name | undefined; readonly onChange: (name: Name | undefined) => void }) {
  return (
    <div className="choices" role="radiogroup">
      {all.map((name) => (
        <label key={name} className="check-row">
          <input
            type="radio"
            className="check check--radio"
            name="one-choice"
            checked={name === chosen}
            onChange={() => onChange(name)}
          />
          <span>{label(name)}</span>
        </label>
      ))}
    </div>
  );
}

function ProjectChoice({ search, onChange }: EditorProps) {
  const { data } = useQuery(ProjectService.method.listProjects, {});
  const names = [
    ...new Set([...(data?.projects.map((project) => project.name) ?? []), ...(search.project ? [search.project] : [])]),
  ].sort();
  if (data && names.length === 0) return <p className="hint">{tasksStrings.filter.noProjects}</p>;
  return (
    <OneChoice
      all={names}
      chosen={search.project}
      label={(name) => name}
      onChange={(project) => onChange({ project })}
    />
  );
}

function WorkerChoice({ search, onChange }: EditorProps) {
  const { data } = useQuery(WorkerService.method.listWorkers, {});
  const names = [
    ...new Set([...(data?.workers.map((worker) => worker.name) ?? []), ...(search.worker ? [search.worker] : [])]),
  ].sort();
  if (data && names.length === 0) return <p className="hint">{tasksStrings.filter.noWorkers}</p>;
  return (
    <OneChoice all={names} chosen={search.worker} label={(name) => name} onChange={(worker) => onChange({ worker })} />
  );
}

type WordsName = "name" | "by" | "reason" | "longer" | "shorter";

/** Words take hold with Enter or when the field is left. */
function WordsEditor({ name, search, onChange }: EditorProps & { readonly name: WordsName }) {
  const [text, setText] = useState(search[name] ?? "");
  const isLength = name === "longer" || name === "shorter";
  const wrong = isLength && text !== "" && lengthOf(text) === undefined;
  const commit = () => !wrong && text !== (search[name] ?? "") && onChange({ [name]: text || undefined });
  return (
    <TextField
      label={tasksStrings.filter[name]}
      hint={tasksStrings.hints[name]}
      error={wrong ? tasksStrings.typed.aLength : undefined}
      value={text}
      maxLength={256}
      onChange={setText}
      onBlur={commit}
      onKeyDown={(event) => event.key === "Enter" && commit()}
    />
  );
}

type TimeName = "from" | "to" | "endedFrom" | "endedTo";

function TimeEditor({ name, search, onChange }: EditorProps & { readonly name: TimeName }) {
  const value = search[name];
  return (
    <TextField
      type="datetime-local"
      label={tasksStrings.filter[name]}
      hint={tasksStrings.hints[name]}
      step={value?.includes(".") ? 0.001 : 1}
      value={value === undefined ? "" : localTime(value)}
      onChange={(text) => onChange({ [name]: timeOf(text) })}
    />
  );
}
