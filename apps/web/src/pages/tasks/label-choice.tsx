import { useQuery } from "@connectrpc/connect-query";
import { keepPreviousData } from "@tanstack/react-query";
import { TaskService } from "@tributary/proto/tributary/v1/tasks_pb";
import { useState } from "react";

import { formatCount } from "#lib/format.ts";
import { tasksStrings } from "#pages/strings/tasks-strings.ts";
import type { TaskSearch } from "#pages/task-search.ts";
import { Checkbox } from "#ui/checkbox.tsx";
import { TextField } from "#ui/text-field.tsx";

interface LabelChoiceProps {
  readonly search: TaskSearch;
  readonly onChange: (patch: Partial<TaskSearch>) => void;
}

const words = tasksStrings.label;
/** Few enough to be looked through; the field narrows them down. */
const shown = 50;

/** The labels that tasks have, with how many have each; several chosen ones must all be there. */
export function LabelChoice({ search, onChange }: LabelChoiceProps) {
  const [typed, setTyped] = useState("");
  const prefix = typed.trim();
  const { data, error } = useQuery(
    TaskService.method.listTaskLabels,
    { prefix, pageSize: shown },
    { placeholderData: keepPreviousData },
  );
  const chosen = search.label ?? [];
  const found = data?.labels.flatMap(({ label, count, countIsMinimum }) => {
    const text = label ? `${label.key}=${label.value}` : "";
    const many = countIsMinimum ? tasksStrings.atLeast(formatCount(count)) : formatCount(count);
    return chosen.includes(text) ? [] : [{ text, many }];
  });
  const set = (text: string, on: boolean) => {
    const labels = on ? [...chosen, text] : chosen.filter((each) => each !== text);
    onChange({ label: labels.length === 0 ? undefined : labels });
  };
  const add = () => {
    if (prefix === "" || prefix.startsWith("=")) return;
    set(prefix, true);
    setTyped("");
  };
  return (
    <div className="choices choices--labels">
      <TextField
        mono
        label={tasksStrings.filter.label}
        hint={words.hint}
        value={typed}
        maxLength={264}
        onChange={setTyped}
        onKeyDown={(event) => event.key === "Enter" && add()}
      />
      {chosen.map((text) => (
        <Checkbox key={text} label={<code>{text}</code>} checked onChange={(on) => set(text, on)} />
      ))}
      {found?.map(({ text, many }) => (
        <Checkbox
          key={text}
          label={
            <>
              <code>{text}</code> <span className="faint">{many}</span>
            </>
          }
          checked={false}
          onChange={(on) => set(text, on)}
        />
      ))}
      {error !== null && <p className="hint hint--error">{words.unread}</p>}
      {found?.length === 0 && chosen.length === 0 && (
        <p className="hint">{prefix === "" ? words.none : words.noneLike(prefix)}</p>
      )}
      {data?.nextPageToken && <p className="hint">{words.more}</p>}
    </div>
  );
}
