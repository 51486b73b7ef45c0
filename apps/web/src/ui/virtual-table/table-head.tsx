// biome-ignore-all lint/a11y/useSemanticElements: rows out of view are missing, which a table element cannot say
// biome-ignore-all lint/a11y/useFocusableInteractive: focus stays on the grid, which points to its active row
import { strings } from "#lib/strings.ts";
import { CheckCell } from "#ui/checkbox.tsx";
import { Icon } from "#ui/icons.tsx";
import type { Column } from "#ui/virtual-table/columns.ts";

interface SelectAll {
  readonly allOn: boolean;
  readonly someOn: boolean;
  readonly onChange: (on: boolean) => void;
}

/** The names of the columns, kept in view. */
export function TableHead<Row>(props: {
  readonly columns: readonly Column<Row>[];
  readonly select?: SelectAll | undefined;
  readonly onSort?: ((columnId: string) => void) | undefined;
}) {
  const { columns, select, onSort } = props;
  return (
    <div role="rowgroup" className="thead">
      <div role="row" className="tr tr--head" aria-rowindex={1}>
        {select && (
          <span role="columnheader" className="c-check">
            <CheckCell
              label={strings.table.selectAll}
              checked={select.allOn}
              mixed={select.someOn && !select.allOn}
              onChange={select.onChange}
            />
          </span>
        )}
        {columns.map((column) => (
          <span
            key={column.id}
            role="columnheader"
            className={column.numeric ? "num" : undefined}
            aria-sort={column.sorted}
          >
            {column.sortable ? <SortButton column={column} onSort={onSort} /> : column.head}
          </span>
        ))}
      </div>
    </div>
  );
}

function SortButton<Row>({
  column,
  onSort,
}: {
  readonly column: Column<Row>;
  readonly onSort?: ((id: string) => void) | undefined;
}) {
  return (
    <button
      type="button"
      title={column.sortName && strings.table.sortBy(column.sortName)}
      onClick={() => onSort?.(column.id)}
    >
      {column.head}
      {column.sorted && <Icon name={column.sorted === "descending" ? "down" : "up"} />}
    </button>
  );
}
