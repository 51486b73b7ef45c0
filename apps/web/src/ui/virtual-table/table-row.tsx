// biome-ignore-all lint/a11y/useSemanticElements: rows out of view are missing, which a table element cannot say
// biome-ignore-all lint/a11y/useKeyWithClickEvents: keys go to the grid
// biome-ignore-all lint/a11y/useFocusableInteractive: focus stays on the grid, which points to its active row
import { type MouseEvent, memo, type ReactNode } from "react";

import { strings } from "#lib/strings.ts";
import { CheckCell } from "#ui/checkbox.tsx";
import type { Column } from "#ui/virtual-table/columns.ts";

interface RowProps<Row> {
  readonly id: string;
  readonly row: Row;
  readonly name: string;
  readonly index: number;
  readonly columns: readonly Column<Row>[];
  /** Distance from the top of the body in px. */
  readonly top: number;
  readonly active: boolean;
  readonly current: boolean;
  readonly open: boolean;
  /** Undefined where rows cannot be selected. */
  readonly selected: boolean | undefined;
  readonly onPoint: (index: number) => void;
  readonly onOpen?: ((row: Row) => void) | undefined;
  /** `range` when shift was held: everything from the active row to this one. */
  readonly onSelect: (index: number, range: boolean) => void;
}

/** One row of the list; it is drawn again only when something of its own changes, which is what keeps scrolling smooth. */
export const TableRow = memo(PlainRow) as typeof PlainRow;

function PlainRow<Row>(props: RowProps<Row>) {
  const { row, index, columns, selected } = props;
  const click = (event: MouseEvent<HTMLElement>) => {
    // what floats over the page is not in the row, though its clicks arrive here: an entry of the row's menu
    if (isControl(event) || !event.currentTarget.contains(event.target as Node)) return;
    props.onPoint(index);
    if (!hasSelectedText()) props.onOpen?.(row);
  };
  return (
    <div
      role="row"
      id={props.id}
      aria-rowindex={index + 2}
      aria-selected={selected}
      className={rowClass(props)}
      style={{ top: props.top }}
      onClick={click}
    >
      {selected !== undefined && <SelectCell {...props} selected={selected} />}
      {columns.map((column) => (
        <span
          key={column.id}
          role="gridcell"
          className={`td td-${column.narrow ?? column.id} ${column.numeric ? "num" : ""}`}
        >
          {column.cell(row)}
        </span>
      ))}
    </div>
  );
}

function SelectCell<Row>({ index, name, selected, onSelect, onPoint }: RowProps<Row> & { readonly selected: boolean }) {
  const click = (event: MouseEvent<HTMLElement>) => {
    if (!event.shiftKey) return onPoint(index);
    event.preventDefault();
    onSelect(index, true);
  };
  return (
    <span role="gridcell" className="td c-check" onClick={click}>
      <CheckCell label={strings.table.selectRow(name)} checked={selected} onChange={() => onSelect(index, false)} />
    </span>
  );
}

function rowClass<Row>({ active, current, open, selected, onOpen }: RowProps<Row>): string {
  const flags = {
    "is-active": active,
    "is-current": current,
    "is-open": open,
    "is-selected": selected === true,
    "can-open": onOpen !== undefined,
  };
  const on = Object.entries(flags).flatMap(([name, holds]) => (holds ? [name] : []));
  return ["tr", ...on].join(" ");
}

function isControl({ target, currentTarget }: MouseEvent<HTMLElement>): boolean {
  const control =
    target instanceof Element ? target.closest("a, button, input, label, select, textarea, [role=button]") : null;
  return control !== null && currentTarget.contains(control);
}

function hasSelectedText(): boolean {
  return (getSelection()?.toString() ?? "") !== "";
}

/** What is opened under a row, as high as its content. */
export function DetailRow(props: {
  readonly line: number;
  readonly top: number;
  readonly measure: (element: HTMLElement | null) => void;
  readonly children: ReactNode;
}) {
  return (
    <div role="row" className="tr-detail" ref={props.measure} data-index={props.line} style={{ top: props.top }}>
      <div role="gridcell">{props.children}</div>
    </div>
  );
}

/** A heading inside the table. */
export function SectionRow(props: {
  readonly id: string;
  readonly index: number;
  readonly top: number;
  readonly active: boolean;
  readonly children: ReactNode;
}) {
  return (
    <div
      role="row"
      id={props.id}
      aria-rowindex={props.index + 2}
      className={`tr tr--section ${props.active ? "is-active" : ""}`}
      style={{ top: props.top }}
    >
      <div role="gridcell">{props.children}</div>
    </div>
  );
}
