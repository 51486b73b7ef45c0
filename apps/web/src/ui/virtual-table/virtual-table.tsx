// biome-ignore-all lint/a11y/useSemanticElements: rows out of view are missing, which a table element cannot say
import { type CSSProperties, useId, useMemo, useRef } from "react";

import { useStable } from "#ui/use-stable.ts";
import { shownColumns, tracks } from "#ui/virtual-table/columns.ts";
import type { VirtualTableProps } from "#ui/virtual-table/props.ts";
import { layBody, openPositions } from "#ui/virtual-table/rows.ts";
import { between, changed } from "#ui/virtual-table/selection.ts";
import { NewRows, TableFoot } from "#ui/virtual-table/table-foot.tsx";
import { TableHead } from "#ui/virtual-table/table-head.tsx";
import { TableLines } from "#ui/virtual-table/table-lines.tsx";
import { useEndReached } from "#ui/virtual-table/use-end-reached.ts";
import { useGridKeys } from "#ui/virtual-table/use-grid-keys.ts";
import { useKeptPlace } from "#ui/virtual-table/use-kept-place.ts";
import { useRowLines } from "#ui/virtual-table/use-row-lines.ts";
import { useTableWidth } from "#ui/virtual-table/use-table-width.ts";

const none: ReadonlySet<string> = new Set();
/** In px, as the tokens of the style sheet say. */
const heights = { row: 34, compact: 30, twoLines: 56, head: 33 } as const;

/**
 * A table that keeps only the rows in view, smooth at 100,000 rows. It fills its parent and scrolls inside.
 *
 * Keys on the grid: up, down, j, k, home, end and page keys move, shift with them selects, enter opens, space and x
 * select, Ctrl A selects all loaded rows, escape drops the selection.
 */
export function VirtualTable<Row>(props: VirtualTableProps<Row>) {
  const { rows, rowKey, expanded = none, onSelect } = props;
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const { width, narrow } = useTableWidth(scroller);
  const columns = useMemo(() => shownColumns(props.columns, width, narrow), [props.columns, width, narrow]);
  // keys of rows are taken to be lasting, whatever function reads them
  const keyOf = useStable(rowKey);
  const body = useMemo(() => layBody(rows, openPositions(rows, expanded, keyOf)), [rows, expanded, keyOf]);
  const rowHeight = narrow ? heights.twoLines : props.compact ? heights.compact : heights.row;
  const virtual = useRowLines({
    body,
    keyOf,
    scroller,
    rowHeight,
    head: narrow ? 0 : heights.head,
    activeLine: () => (grid.active < 0 ? -1 : body.lineOf(grid.active)),
  });
  useKeptPlace(scroller, body.count);
  const { toggle, extend, selectAll, clear } = selectionOf(props);
  const grid = useGridKeys({
    count: rows.length,
    page: Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight) - 2),
    show: (index) => virtual.scrollToIndex(body.lineOf(index)),
    open: (index) => rows[index] !== undefined && props.onOpen?.(rows[index]),
    toggle,
    extend,
    selectAll,
    clear,
  });
  useEndReached(props, virtual.getVirtualItems().at(-1)?.index ?? -1, body.count);
  const position = (line: number | undefined) => (line === undefined ? 0 : (body.item(line)?.index ?? 0));
  const showNew = () => {
    virtual.scrollToOffset(0);
    props.onShowNew?.();
  };
  return (
    <div className={`vt ${narrow ? "vt--narrow" : ""} ${props.compact ? "vt--compact" : ""}`}>
      <div className="scroller" ref={scroller}>
        <div
          className="table"
          role="grid"
          aria-label={props.label}
          aria-rowcount={(props.total ?? rows.length) + 1}
          aria-multiselectable={onSelect ? true : undefined}
          aria-activedescendant={grid.active < 0 ? undefined : `${id}-${grid.active}`}
          tabIndex={0}
          style={{ "--cols": tracks(columns, onSelect !== undefined) } as CSSProperties}
          onKeyDown={grid.onKeyDown}
        >
          <TableHead
            columns={columns}
            onSort={props.onSort}
            select={onSelect && { ...marksOf(props), onChange: (on) => (on ? selectAll() : clear()) }}
          />
          <div role="rowgroup" className="tbody" style={{ height: virtual.getTotalSize() }}>
            <TableLines
              table={props}
              id={id}
              body={body}
              virtual={virtual}
              columns={columns}
              active={grid.active}
              onPoint={grid.setActive}
              onSelect={(index, range) => (range && grid.active >= 0 ? extend(grid.active, index) : toggle(index))}
            />
          </div>
        </div>
        {rows.length === 0 && <div className="vt-placeholder">{props.placeholder}</div>}
      </div>
      <NewRows count={props.newCount ?? 0} onShow={showNew} />
      <TableFoot {...props} first={position(virtual.range?.startIndex)} last={position(virtual.range?.endIndex)} />
    </div>
  );
}

/** The ways to change the selection, by positions. */
function selectionOf<Row>({ rows, rowKey, selected = none, onSelect }: VirtualTableProps<Row>) {
  const set = (keys: readonly string[], on: boolean) => onSelect?.(changed(selected, keys, on));
  return {
    toggle: (index: number) => {
      const row = rows[index];
      if (row !== undefined) set([rowKey(row)], !selected.has(rowKey(row)));
    },
    extend: (from: number, to: number) => set(between(rows, from, to).map(rowKey), true),
    selectAll: () => set(rows.map(rowKey), true),
    clear: () => onSelect?.(none),
  };
}

function marksOf<Row>({ rows, selected = none }: VirtualTableProps<Row>) {
  return { allOn: rows.length > 0 && selected.size >= rows.length, someOn: selected.size > 0 };
}
