import type { Virtualizer } from "@tanstack/react-virtual";

import { useStable } from "#ui/use-stable.ts";
import type { Column } from "#ui/virtual-table/columns.ts";
import type { VirtualTableProps } from "#ui/virtual-table/props.ts";
import type { Body } from "#ui/virtual-table/rows.ts";
import { DetailRow, SectionRow, TableRow } from "#ui/virtual-table/table-row.tsx";

interface TableLinesProps<Row> {
  readonly table: VirtualTableProps<Row>;
  readonly id: string;
  readonly body: Body<Row>;
  readonly virtual: Virtualizer<HTMLElement, Element>;
  readonly columns: readonly Column<Row>[];
  /** Position of the active row, -1 without one. */
  readonly active: number;
  readonly onPoint: (index: number) => void;
  readonly onSelect: (index: number, range: boolean) => void;
}

/** The drawn lines of the body: rows, headings among them, and details under them. */
export function TableLines<Row>(props: TableLinesProps<Row>) {
  const { table, id, body, virtual, active } = props;
  const openRow = useStable((row: Row) => table.onOpen?.(row));
  const select = useStable(props.onSelect);
  return virtual.getVirtualItems().map(({ index: line, key, start }) => {
    const item = body.item(line);
    if (item === undefined) return null;
    const { row, index } = item;
    const place = { id: `${id}-${index}`, index, top: start - virtual.options.scrollMargin, active: active === index };
    if (item.isDetail) {
      return (
        <DetailRow key={key} line={line} top={place.top} measure={virtual.measureElement}>
          {table.detail?.(row)}
        </DetailRow>
      );
    }
    const heading = table.section?.(row);
    if (heading !== undefined) {
      return (
        <SectionRow key={key} {...place}>
          {heading}
        </SectionRow>
      );
    }
    const rowKey = table.rowKey(row);
    return (
      <TableRow
        key={key}
        {...place}
        row={row}
        name={table.rowName(row)}
        columns={props.columns}
        current={table.currentKey === rowKey}
        open={table.expanded?.has(rowKey) ?? false}
        selected={table.onSelect && (table.selected?.has(rowKey) ?? false)}
        onPoint={props.onPoint}
        onOpen={table.onOpen && openRow}
        onSelect={select}
      />
    );
  });
}
