import { tasksStrings } from "#pages/strings/tasks-strings.ts";
import { type ColumnName, columnNames, usualColumns } from "#pages/task-search.ts";
import { isUsual } from "#pages/tasks/use-columns.ts";
import { Button } from "#ui/button.tsx";
import { Checkbox } from "#ui/checkbox.tsx";
import { Popover } from "#ui/popover.tsx";

const words = tasksStrings;

/** Which columns the list has; the task itself is always there. */
export function ColumnChooser({
  columns,
  onChange,
}: {
  readonly columns: readonly ColumnName[];
  readonly onChange: (columns: readonly ColumnName[]) => void;
}) {
  const toggle = (name: ColumnName, on: boolean) =>
    onChange(columnNames.filter((each) => (each === name ? on : columns.includes(each))));
  return (
    <Popover
      label={words.chooseColumns}
      align="end"
      trigger={
        <Button size="small" variant="quiet" icon="columns">
          {words.chooseColumns}
        </Button>
      }
    >
      <div className="choices">
        {columnNames.map((name) => (
          <Checkbox
            key={name}
            label={words.columns[name]}
            checked={columns.includes(name)}
            onChange={(on) => toggle(name, on)}
          />
        ))}
        <Button size="small" disabled={isUsual(columns)} onClick={() => onChange(usualColumns)}>
          {words.usualColumns}
        </Button>
      </div>
    </Popover>
  );
}
