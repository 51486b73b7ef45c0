import { type ReactNode, useEffect, useState } from "react";
import { tasksStrings } from "#pages/strings/tasks-strings.ts";
import type { TaskSearch } from "#pages/task-search.ts";
import { FilterEditor } from "#pages/tasks/filter-editors.tsx";
import { type FilterName, filterNames, filterValue, readTyped } from "#pages/tasks/filter-words.ts";
import { Button } from "#ui/button.tsx";
import { AddFilterChip, ChipRow, FilterChip } from "#ui/filter-chip.tsx";
import { Menu } from "#ui/menu.tsx";
import { Popover } from "#ui/popover.tsx";
import { SearchField } from "#ui/search-field.tsx";

interface TaskFiltersProps {
  readonly search: TaskSearch;
  readonly onChange: (patch: Partial<TaskSearch>) => void;
  /** At the end of the row of chips. */
  readonly children?: ReactNode;
  /** How many match, at the end of the field. */
  readonly matches: ReactNode;
}

const words = tasksStrings;
/** After the last key, in milliseconds. */
const typingPause = 250;

/** The search field and the filters that hold, as chips. */
export function TaskFilters({ search, onChange, matches, children }: TaskFiltersProps) {
  const [editing, setEditing] = useState<FilterName>();
  const shown = filterNames.filter((name) => name === editing || filterValue(name, search) !== undefined);
  const left = filterNames.filter((name) => !shown.includes(name));
  const clear = () => onChange({ ...Object.fromEntries(filterNames.map((name) => [name, undefined])), q: undefined });
  return (
    <div className="filters">
      <TextFilter search={search} onChange={onChange}>
        {matches}
      </TextFilter>
      <ChipRow label={words.filters}>
        {shown.map((name) => (
          <EditableChip
            key={name}
            name={name}
            search={search}
            open={editing === name}
            onOpen={(open) => setEditing(open ? name : undefined)}
            onChange={onChange}
          />
        ))}
        {left.length > 0 && (
          <Menu
            align="start"
            trigger={<AddFilterChip>{words.addFilter}</AddFilterChip>}
            items={left.map((id) => ({ id, label: words.filter[id], onSelect: () => setEditing(id) }))}
          />
        )}
        {shown.length > 1 && (
          <Button size="small" variant="quiet" onClick={clear}>
            {words.clear}
          </Button>
        )}
        <span className="grow" />
        {children}
      </ChipRow>
    </div>
  );
}

function TextFilter({
  search,
  onChange,
  children,
}: Omit<TaskFiltersProps, "matches"> & { readonly children: ReactNode }) {
  const held = search.q ?? "";
  const [typed, setTyped] = useState(held);
  const [shownFor, setShownFor] = useState(held);
  const [problem, setProblem] = useState<string>();
  if (shownFor !== held) {
    // the address changed by other means: a link, the way back
    setShownFor(held);
    setTyped(held);
  }
  useEffect(() => {
    if (typed === held || typed.includes(":")) return;
    const timer = setTimeout(() => onChange({ q: typed || undefined }), typingPause);
    return () => clearTimeout(timer);
  }, [typed, held, onChange]);
  const submit = () => {
    const { filters, rest, problem: wrong } = readTyped(typed);
    setProblem(wrong);
    if (wrong !== undefined) return;
    setTyped(rest);
    onChange({ ...filters, q: rest || undefined });
  };
  return (
    <>
      <SearchField
        label={words.searchLabel}
        placeholder={words.search}
        value={typed}
        onChange={(text) => {
          setTyped(text);
          setProblem(undefined);
        }}
        onSubmit={submit}
      >
        {typed.includes(":") && problem === undefined ? words.typed.enter : children}
      </SearchField>
      {problem !== undefined && (
        <p role="alert" className="hint hint--error">
          {problem}
        </p>
      )}
    </>
  );
}

function EditableChip(props: {
  readonly name: FilterName;
  readonly search: TaskSearch;
  readonly open: boolean;
  readonly onOpen: (open: boolean) => void;
  readonly onChange: (patch: Partial<TaskSearch>) => void;
}) {
  const { name, search, onChange } = props;
  const relation = words.relations[name];
  return (
    <Popover
      label={words.filter[name]}
      open={props.open}
      onOpenChange={props.onOpen}
      trigger={
        <FilterChip
          name={words.filter[name]}
          relation={relation}
          value={filterValue(name, search) ?? "…"}
          onRemove={() => onChange({ [name]: undefined })}
        />
      }
    >
      <FilterEditor name={name} search={search} onChange={onChange} />
    </Popover>
  );
}
