import { formatCount } from "#lib/format.ts";
import { strings } from "#lib/strings.ts";
import { IconButton } from "#ui/button.tsx";
import { Icon } from "#ui/icons.tsx";
import type { VirtualTableProps } from "#ui/virtual-table/props.ts";

/** Where the reader is; while rows are selected, the acts on them instead, so that nothing is covered. */
export function TableFoot<Row>(props: VirtualTableProps<Row> & { readonly first: number; readonly last: number }) {
  const count = props.selected?.size ?? 0;
  if (count > 0 && props.onSelect)
    return <SelectionBar {...props} count={count} onClear={() => props.onSelect?.(new Set())} />;
  return (
    <div className="foot">
      {props.foot}
      {props.loadingMore && <span role="status">{strings.table.loadingMore}</span>}
      <span className="grow" />
      <Position {...props} />
    </div>
  );
}

function SelectionBar<Row>(
  props: VirtualTableProps<Row> & {
    readonly count: number;
    readonly first: number;
    readonly last: number;
    readonly onClear: () => void;
  },
) {
  return (
    <div className="foot foot--bulk" role="toolbar" aria-label={strings.table.selectedActions}>
      <b className="strong" role="status">
        {props.selectedWords ?? strings.table.selected(formatCount(props.count))}
      </b>
      {props.selectionActions}
      <span className="grow" />
      <Position {...props} />
      <IconButton size="small" icon="close" label={strings.table.clearSelection} onClick={props.onClear} />
    </div>
  );
}

/** Rows that came in meanwhile wait behind this pill under the head, so that nothing jumps. */
export function NewRows({ count, onShow }: { readonly count: number; readonly onShow?: (() => void) | undefined }) {
  return (
    <div className="vt-new" role="status">
      {count > 0 && (
        <button type="button" className="follow" onClick={onShow}>
          <Icon name="up" />
          {strings.table.newRows(formatCount(count))}
        </button>
      )}
    </div>
  );
}

function Position<Row>({
  rows,
  total,
  first,
  last,
  positionWords,
}: VirtualTableProps<Row> & { readonly first: number; readonly last: number }) {
  if (rows.length === 0) return null;
  const [from, to] = [Math.min(first, last) + 1, Math.min(last + 1, rows.length)];
  return (
    <span className="pos dim">
      {positionWords?.(from, to) ??
        strings.table.rows(formatCount(from), formatCount(to), formatCount(total ?? rows.length))}
    </span>
  );
}
